import { type Exit, healthStates, type InstanceHealth } from '@gantry/contract/schemas/health.ts';
import { CustomAttributeType, type EntityItem } from 'electrodb';
import { Entity } from '../kernel/entity.ts';
import type { Lookup } from '../kernel/lookup.ts';
import { lookupOf } from '../kernel/lookup.ts';
import { keys, table } from '../kernel/table.ts';
import type { InstanceKey } from './instances.ts';

/** A line by Gantry in an app's log. */
export interface PlatformLine {
  /** The subject: a replica or, in lower case, a release. */
  readonly source: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly text: string;
}

/** The actor of events about health. */
export const HEALTH_ACTOR = 'health';

/** The health of an instance's live release, as the last `look` found it. */
export const HealthEntity = new Entity(
  {
    model: { entity: 'health', service: 'gantry', version: '1' },
    attributes: {
      teamId: { type: 'string', required: true },
      projectId: { type: 'string', required: true },
      serviceId: { type: 'string', required: true },
      environmentId: { type: 'string', required: true },
      liveDeploymentId: { type: 'string' },
      liveReleaseId: { type: 'string' },
      state: { type: healthStates, required: true },
      since: { type: 'string', required: true },
      detail: { type: 'string' },
      stopped: { type: CustomAttributeType<NonNullable<InstanceHealth['stopped']>>('any') },
      running: { type: 'number', required: true },
      wanted: { type: 'number', required: true },
      restarts: { type: 'number', required: true },
      lastExit: { type: CustomAttributeType<Exit>('any') },
      lines: { type: 'list', items: { type: 'string' }, required: true },
      lastRun: { type: CustomAttributeType<NonNullable<InstanceHealth['lastRun']>>('any') },
      /** The exits that are in the app's log, as `<replica> <time>`. */
      told: { type: 'list', items: { type: 'string' }, required: true },
      /** Lines that wait to be written into the app's log, and since when, in milliseconds since 1970. */
      pending: { type: CustomAttributeType<readonly PlatformLine[]>('any'), required: true },
      pendingSince: { type: 'number', required: true },
      /** The requested time of the next look, in milliseconds since 1970: of two looks only one requests the next. */
      lookAt: { type: 'number' },
      version: { type: 'number', required: true },
    },
    indexes: {
      primary: {
        pk: { ...keys.primary.pk, composite: ['teamId'], template: 'team#${teamId}' },
        sk: {
          ...keys.primary.sk,
          composite: ['environmentId', 'serviceId'],
          template: 'health#${environmentId}#${serviceId}',
        },
      },
    },
  },
  table,
);
export type HealthRecord = EntityItem<typeof HealthEntity>;

export const healthAt = ({ teamId, serviceId, environmentId }: InstanceKey): Lookup<HealthRecord> =>
  lookupOf(
    `health of service ${serviceId} in environment ${environmentId}`,
    HealthEntity.get({ teamId, serviceId, environmentId }),
    (item) => HealthEntity.parse(item),
  );
