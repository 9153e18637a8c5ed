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
      /** GitHub's number of it. */
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

/** A team that deploys from an installation: what a delivery of GitHub is looked up by, which names no team. */
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
 * The account on GitHub that a member has shown to be theirs, and the repositories that they connected to the team. It holds no token: whether the account
 * still has access is asked of GitHub each time.
 */
export const AccountEntity = new Entity(
  {
    model: { entity: 'githubAccount', service: 'gantry', version: '1' },
    attributes: {
      teamId: { type: 'string', required: true },
      /** The id of the installation's record: who joins it anew begins anew. */
      joinId: { type: 'string', required: true },
      userId: { type: 'string', required: true },
      /** GitHub's number of the account: a login may pass to somebody else. */
      githubId: { type: 'number', required: true },
      login: { type: 'string', required: true },
      /** GitHub's numbers of the repositories that the member connected. */
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

/** A proof that has begun, and once GitHub has confirmed it, who the person is on GitHub and the installations that they may use. */
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

/** A service that is deployed from a repository on GitHub, found by the repository of which pushes tell. */
export const RepositoryEntity = new Entity(
  {
    model: { entity: 'repository', service: 'gantry', version: '1' },
    attributes: {
      /** GitHub's number of it. In records from before that was kept, `owner/name` in lower case. */
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

/** A delivery whose every deployment is queued: GitHub, or somebody there, may deliver it again. */
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

/** A push that was queued for a service in an environment: written with the deployment, so that no other delivery of it makes one more. */
export const PushEntity = new Entity(
  {
    model: { entity: 'push', service: 'gantry', version: '1' },
    attributes: {
      teamId: { type: 'string', required: true },
      serviceId: { type: 'string', required: true },
      environmentId: { type: 'string', required: true },
      /** A hash of the repository, the branch, and the commits before and after it; or of the repository and the branch, for the newest push. */
      push: { type: 'string', required: true },
      deploymentId: { type: 'string', required: true },
      /** Of the newest push: the commit that it left the branch at, and when GitHub took it, where it says so. */
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

/** The status that GitHub has of a deployment. */
export const ReportEntity = new Entity(
  {
    model: { entity: 'report', service: 'gantry', version: '1' },
    attributes: {
      teamId: { type: 'string', required: true },
      deploymentId: { type: 'string', required: true },
      /** GitHub's number of its own record of the deployment. */
      githubId: { type: 'number' },
      /** The status that GitHub got last. */
      state: { type: 'string' },
      /** While somebody tells, until when nobody else may: milliseconds since 1970. */
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
