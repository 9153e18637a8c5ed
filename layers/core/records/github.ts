import type { GitHubPerson } from '@gantry/cloud/github/people.ts';
import type { AccessibleInstallation } from '@gantry/contract/schemas/source.ts';
import { CustomAttributeType, type EntityItem } from 'electrodb';
import { Entity } from '../kernel/entity.ts';
import { keys, table } from '../kernel/table.ts';

/** An installation of the App that a team deploys from. */
export const InstallationEntity = new Entity(
  {
    model: { entity: 'installation', service: 'gantry', version: '1' },
    attributes: {
      teamId: { type: 'string', required: true },
      id: { type: 'string', required: true },
      /** Its number on GitHub. */
      installationId: { type: 'string', required: true },
      account: { type: 'string', required: true },
      suspended: { type: 'boolean', required: true },
      joinedBy: { type: 'string', required: true },
      createdAt: { type: 'string', required: true },
      version: { type: 'number', required: true },
    },
    indexes: {
      primary: {
        pk: { ...keys.primary.pk, composite: ['teamId'], template: 'team#${teamId}' },
        sk: { ...keys.primary.sk, composite: ['installationId'], template: 'installation#${installationId}' },
      },
    },
  },
  table,
);
export type InstallationRecord = EntityItem<typeof InstallationEntity>;

/** A team that deploys from an installation. Deliveries look teams up here, because they name none. */
export const HolderEntity = new Entity(
  {
    model: { entity: 'installationHolder', service: 'gantry', version: '1' },
    attributes: {
      installationId: { type: 'string', required: true },
      teamId: { type: 'string', required: true },
    },
    indexes: {
      primary: {
        pk: { ...keys.primary.pk, composite: ['installationId'], template: 'installation#${installationId}' },
        sk: { ...keys.primary.sk, composite: ['teamId'], template: 'team#${teamId}' },
      },
    },
  },
  table,
);

/**
 * A member's proven account on GitHub, and the repositories that they connected to the team. It holds no token: GitHub is asked each time whether the
 * account still has access.
 */
export const AccountEntity = new Entity(
  {
    model: { entity: 'githubAccount', service: 'gantry', version: '1' },
    attributes: {
      teamId: { type: 'string', required: true },
      /** The id of the installation's record: joining it again starts over. */
      joinId: { type: 'string', required: true },
      userId: { type: 'string', required: true },
      /** The account's number on GitHub: a login may pass to another person. */
      githubId: { type: 'number', required: true },
      login: { type: 'string', required: true },
      /** Numbers on GitHub of the repositories that the member connected. */
      repositories: { type: 'set', items: 'string' },
    },
    indexes: {
      primary: {
        pk: { ...keys.primary.pk, composite: ['teamId'], template: 'team#${teamId}' },
        sk: { ...keys.primary.sk, composite: ['joinId', 'userId'], template: 'githubAccount#${joinId}#${userId}' },
      },
    },
  },
  table,
);
export type AccountRecord = EntityItem<typeof AccountEntity>;

/** A proof that has begun. Once GitHub confirms it, it holds the person's account on GitHub and the installations that they may use. */
export const AuthorizationEntity = new Entity(
  {
    model: { entity: 'authorization', service: 'gantry', version: '1' },
    attributes: {
      teamId: { type: 'string', required: true },
      id: { type: 'string', required: true },
      userId: { type: 'string', required: true },
      /** The secret of PKCE (RFC 7636), worthless without the code that GitHub gives the person. */
      verifier: { type: 'string', required: true },
      redirectUrl: { type: 'string', required: true },
      installations: { type: CustomAttributeType<readonly AccessibleInstallation[]>('any') },
      person: { type: CustomAttributeType<GitHubPerson>('any') },
      /** Seconds since 1970; checked on read as well. */
      ttl: { type: 'number', required: true },
    },
    indexes: {
      primary: {
        pk: { ...keys.primary.pk, composite: ['teamId'], template: 'team#${teamId}' },
        sk: { ...keys.primary.sk, composite: ['id'], template: 'authorization#${id}' },
      },
    },
  },
  table,
);
export type AuthorizationRecord = EntityItem<typeof AuthorizationEntity>;

/** A service that deploys from a repository on GitHub, indexed by the repository that pushes name. */
export const RepositoryEntity = new Entity(
  {
    model: { entity: 'repository', service: 'gantry', version: '1' },
    attributes: {
      /** Its number on GitHub. Older records have `owner/name` in lower case instead. */
      repository: { type: 'string', required: true },
      teamId: { type: 'string', required: true },
      projectId: { type: 'string', required: true },
      serviceId: { type: 'string', required: true },
    },
    indexes: {
      primary: {
        pk: { ...keys.primary.pk, composite: ['repository'], template: 'repository#github#${repository}' },
        sk: { ...keys.primary.sk, composite: ['serviceId'], template: 'service#${serviceId}' },
      },
    },
  },
  table,
);

/** A delivery whose deployments are all queued: GitHub, or a person there, may deliver it again. */
export const DeliveryEntity = new Entity(
  {
    model: { entity: 'delivery', service: 'gantry', version: '1' },
    attributes: {
      deliveryId: { type: 'string', required: true },
      ttl: { type: 'number', required: true },
    },
    indexes: {
      primary: {
        pk: { ...keys.primary.pk, composite: ['deliveryId'], template: 'delivery#github#${deliveryId}' },
        sk: { ...keys.primary.sk, composite: [], template: 'delivery' },
      },
    },
  },
  table,
);

/** A push that was queued for a service in an environment. The record is written with the deployment, so that a repeated delivery queues no other. */
export const PushEntity = new Entity(
  {
    model: { entity: 'push', service: 'gantry', version: '1' },
    attributes: {
      teamId: { type: 'string', required: true },
      serviceId: { type: 'string', required: true },
      environmentId: { type: 'string', required: true },
      /**
       * A hash of the repository, the branch, and the commits before and after the push. For the newest push: a hash of the repository and the
       * branch.
       */
      push: { type: 'string', required: true },
      deploymentId: { type: 'string', required: true },
      /** For the newest push: the branch's commit after it, and when GitHub received it, if known. */
      after: { type: 'string' },
      pushedAt: { type: 'string' },
      ttl: { type: 'number', required: true },
    },
    indexes: {
      primary: {
        pk: { ...keys.primary.pk, composite: ['teamId'], template: 'team#${teamId}' },
        sk: {
          ...keys.primary.sk,
          composite: ['serviceId', 'environmentId', 'push'],
          template: 'push#${serviceId}#${environmentId}#${push}',
        },
      },
    },
  },
  table,
);

/** GitHub's present status of a deployment. */
export const ReportEntity = new Entity(
  {
    model: { entity: 'report', service: 'gantry', version: '1' },
    attributes: {
      teamId: { type: 'string', required: true },
      deploymentId: { type: 'string', required: true },
      /** The number of its deployment on GitHub. */
      githubId: { type: 'number' },
      /** The last status sent to GitHub. */
      state: { type: 'string' },
      /** While one caller reports, the time until which others may not: milliseconds since 1970. */
      busyUntil: { type: 'number' },
      ttl: { type: 'number', required: true },
    },
    indexes: {
      primary: {
        pk: { ...keys.primary.pk, composite: ['teamId'], template: 'team#${teamId}' },
        sk: { ...keys.primary.sk, composite: ['deploymentId'], template: 'report#${deploymentId}' },
      },
    },
  },
  table,
);
