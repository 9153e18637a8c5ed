import type { EntityItem } from 'electrodb';
import { Entity } from '../kernel/entity.ts';
import { keys, table } from '../kernel/table.ts';

/** A build that waits for a place or has one. All builds are in one partition, so that one consistent query finds them. */
export const TurnEntity = new Entity(
  {
    model: { entity: 'turn', service: 'gantry', version: '1' },
    attributes: {
      deploymentId: { type: 'string', required: true },
      teamId: { type: 'string', required: true },
      projectId: { type: 'string', required: true },
      serviceId: { type: 'string', required: true },
      environmentId: { type: 'string', required: true },
      generation: { type: 'number', required: true },
      traceId: { type: 'string', required: true },
      run: { type: 'number', required: true },
      repositoryUri: { type: 'string', required: true },
      cacheRepositoryUri: { type: 'string', required: true },
      /** The machine waits with this task token. The build's ticket is derived from it. */
      taskToken: { type: 'string', required: true },
      /** Milliseconds since 1970. */
      queuedAt: { type: 'number', required: true },
      /** When the build got its place, in milliseconds since 1970. */
      grantedAt: { type: 'number' },
      /** The build that has claimed its order. */
      claimedBy: { type: 'string' },
      ttl: { type: 'number', required: true },
    },
    indexes: {
      primary: {
        pk: { ...keys.primary.pk, composite: [], template: 'builds' },
        sk: { ...keys.primary.sk, composite: ['deploymentId'], template: 'turn#${deploymentId}' },
      },
    },
  },
  table,
);
export type TurnRecord = EntityItem<typeof TurnEntity>;

/** Rises whenever places are given away, so that two callers at once do not give more than exist. */
export const PlacesEntity = new Entity(
  {
    model: { entity: 'places', service: 'gantry', version: '1' },
    attributes: { version: { type: 'number', required: true } },
    indexes: {
      primary: {
        pk: { ...keys.primary.pk, composite: [], template: 'builds' },
        sk: { ...keys.primary.sk, composite: [], template: 'places' },
      },
    },
  },
  table,
);
