import type { AccessibleInstallation } from '@gantry/contract/schemas/source.ts';
import { CustomAttributeType, Entity, type EntityItem } from 'electrodb';
import { keys, table } from '../../table.ts';

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

/** A proof that has begun, and once GitHub has confirmed it, the installations that the person may use. */
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

/** A service that is deployed from a repository on GitHub, found by the repository, which pushes name. */
export const RepositoryEntity = new Entity(
  {
    model: { entity: 'repository', service: 'gantry', version: '1' },
    attributes: {
      /** `owner/name` in lower case: GitHub does not tell them apart. */
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
      /** Repository, ref, and the commits before and after it. */
      push: { type: 'string', required: true },
      deploymentId: { type: 'string', required: true },
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

/** What GitHub was told of a deployment. */
export const ReportEntity = new Entity(
  {
    model: { entity: 'report', service: 'gantry', version: '1' },
    attributes: {
      teamId: { type: 'string', required: true },
      deploymentId: { type: 'string', required: true },
      /** GitHub's number of its own record of the deployment. */
      githubId: { type: 'number' },
      /** What was told last. */
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
