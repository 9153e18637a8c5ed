import type { EntityItem } from 'electrodb';
import { Entity } from '../kernel/entity.ts';
import { keys, table } from '../kernel/table.ts';

/** A build that waits for a place or has one. All stand together, so that one consistent query sees them. */
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
      /** The task token with which the machine waits. The build's ticket is made of it. */
      taskToken: { type: 'string', required: true },
      /** Milliseconds since 1970. */
      queuedAt: { type: 'number', required: true },
      /** Since when it has a place, in milliseconds since 1970. */
      grantedAt: { type: 'number' },
      /** Which build has claimed its order. */
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

/** Rises whenever places are given away, so that two who give at once do not give more than there are. */
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
