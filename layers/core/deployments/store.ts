import { deploymentStatuses, type Reason, type Step } from '@gantry/contract/schemas/deployments.ts';
import { CustomAttributeType, Entity, type EntityItem } from 'electrodb';
import { keys, table } from '../table.ts';

export const DeploymentEntity = new Entity(
  {
    model: { entity: 'deployment', service: 'gantry', version: '1' },
    attributes: {
      teamId: { type: 'string', required: true },
      projectId: { type: 'string', required: true },
      serviceId: { type: 'string', required: true },
      environmentId: { type: 'string', required: true },
      id: { type: 'string', required: true },
      /** Rises with each deployment of the service in the environment; the cluster refuses writes of an older one. */
      generation: { type: 'number', required: true },
      /** One of the two: what is built, or the release that traffic returns to. */
      uploadId: { type: 'string' },
      rollbackTo: { type: 'string' },
      status: { type: deploymentStatuses, required: true },
      steps: { type: CustomAttributeType<readonly Step[]>('any'), required: true },
      reason: { type: CustomAttributeType<Reason>('any') },
      releaseId: { type: 'string' },
      /** Where the build pushes to. */
      repositoryUri: { type: 'string' },
      imageDigest: { type: 'string' },
      url: { type: 'string' },
      createdBy: { type: 'string', required: true },
      createdAt: { type: 'string', required: true },
      finishedAt: { type: 'string' },
      version: { type: 'number', required: true },
    },
    indexes: {
      primary: {
        pk: { ...keys.primary.pk, composite: ['teamId'], template: 'team#${teamId}' },
        sk: { ...keys.primary.sk, composite: ['id'], template: 'deployment#${id}' },
      },
      byInstance: {
        index: keys.gsi1.index,
        pk: {
          ...keys.gsi1.pk,
          composite: ['serviceId', 'environmentId'],
          template: 'instance#${serviceId}#${environmentId}',
        },
        sk: { ...keys.gsi1.sk, composite: ['id'], template: 'deployment#${id}' },
      },
    },
  },
  table,
);
export type DeploymentRecord = EntityItem<typeof DeploymentEntity>;

/** One image and one snapshot of configuration: what a rollback returns to without building anything. */
export const ReleaseEntity = new Entity(
  {
    model: { entity: 'release', service: 'gantry', version: '1' },
    attributes: {
      teamId: { type: 'string', required: true },
      serviceId: { type: 'string', required: true },
      environmentId: { type: 'string', required: true },
      id: { type: 'string', required: true },
      deploymentId: { type: 'string', required: true },
      /** `<repository>@sha256:…`. */
      image: { type: 'string', required: true },
      port: { type: 'number', required: true },
      startCommand: { type: 'string' },
      replicas: { type: 'number', required: true },
      healthPath: { type: 'string' },
      healthTimeoutSeconds: { type: 'number', required: true },
      createdAt: { type: 'string', required: true },
    },
    indexes: {
      primary: {
        pk: { ...keys.primary.pk, composite: ['teamId'], template: 'team#${teamId}' },
        sk: { ...keys.primary.sk, composite: ['id'], template: 'release#${id}' },
      },
    },
  },
  table,
);
export type ReleaseRecord = EntityItem<typeof ReleaseEntity>;

/** A service in an environment: what serves, what is in flight, and the host name that it answers at. */
export const InstanceEntity = new Entity(
  {
    model: { entity: 'instance', service: 'gantry', version: '1' },
    attributes: {
      teamId: { type: 'string', required: true },
      projectId: { type: 'string', required: true },
      serviceId: { type: 'string', required: true },
      environmentId: { type: 'string', required: true },
      host: { type: 'string', required: true },
      /** Which Gateway carries the route; there is one now. */
      shard: { type: 'number', required: true },
      generation: { type: 'number', required: true },
      /** The deployment in flight. */
      activeDeploymentId: { type: 'string' },
      liveDeploymentId: { type: 'string' },
      liveReleaseId: { type: 'string' },
      /** The release before the live one: it stays warm, and a rollback returns to it. */
      previousReleaseId: { type: 'string' },
      version: { type: 'number', required: true },
    },
    indexes: {
      primary: {
        pk: { ...keys.primary.pk, composite: ['teamId'], template: 'team#${teamId}' },
        sk: {
          ...keys.primary.sk,
          composite: ['serviceId', 'environmentId'],
          template: 'instance#${serviceId}#${environmentId}',
        },
      },
      /** All instances, for the reconciler. */
      byShard: {
        index: keys.gsi1.index,
        pk: { ...keys.gsi1.pk, composite: ['shard'], template: 'shard#${shard}' },
        sk: {
          ...keys.gsi1.sk,
          composite: ['serviceId', 'environmentId'],
          template: 'instance#${serviceId}#${environmentId}',
        },
      },
    },
  },
  table,
);
export type InstanceRecord = EntityItem<typeof InstanceEntity>;

/** A host name that is taken, across all teams. */
export const HostEntity = new Entity(
  {
    model: { entity: 'host', service: 'gantry', version: '1' },
    attributes: {
      host: { type: 'string', required: true },
      teamId: { type: 'string', required: true },
      serviceId: { type: 'string', required: true },
      environmentId: { type: 'string', required: true },
    },
    indexes: {
      primary: {
        pk: { ...keys.primary.pk, composite: ['host'], template: 'host#${host}' },
        sk: { ...keys.primary.sk, composite: [], template: 'host' },
      },
    },
  },
  table,
);
