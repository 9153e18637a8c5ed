import { alertMetrics, alertStates, missingDataRules } from '@gantry/contract/enums.ts';
import type { UptimeCheck } from '@gantry/contract/schemas/alerts.ts';
import { CustomAttributeType, type EntityItem } from 'electrodb';
import { Entity } from '../kernel/entity.ts';
import { type Lookup, lookupOf } from '../kernel/lookup.ts';
import { keys, table } from '../kernel/table.ts';
import { type Collected, minuteKey } from './metrics.ts';
import { readProgress, writeProgress } from './progress.ts';
import type { ProjectPath } from './project-lookups.ts';

/** The one shard of alerts there is. */
export const ALERT_SHARD = 0;

/** A rule on a metric of a service in an environment, with its state. */
export const AlertEntity = new Entity(
  {
    model: { entity: 'alert', service: 'gantry', version: '1' },
    attributes: {
      teamId: { type: 'string', required: true },
      projectId: { type: 'string', required: true },
      environmentId: { type: 'string', required: true },
      serviceId: { type: 'string', required: true },
      id: { type: 'string', required: true },
      shard: { type: 'number', required: true },
      name: { type: 'string', required: true },
      metric: { type: alertMetrics, required: true },
      threshold: { type: 'number', required: true },
      clearThreshold: { type: 'number', required: true },
      windowMinutes: { type: 'number', required: true },
      calmMinutes: { type: 'number', required: true },
      missingData: { type: missingDataRules, required: true },
      /** Of an alert on uptime. */
      check: { type: CustomAttributeType<UptimeCheck>('any') },
      /** Why the last check before the last change failed. */
      detail: { type: 'string' },
      state: { type: alertStates, required: true },
      /** Whether receivers were told last that it fires. */
      told: { type: 'boolean', required: true },
      /** The last minute (since 1970) that changed the state; earlier minutes are judged. */
      judged: { type: 'number', required: true },
      since: { type: 'string', required: true },
      /** Absent where the last change had no data. */
      value: { type: 'number' },
      silencedUntil: { type: 'string' },
      createdAt: { type: 'string', required: true },
      version: { type: 'number', required: true },
    },
    /** In one partition, beside those of other teams: their evaluation reads all of them once a minute, strongly consistent. */
    indexes: {
      primary: {
        pk: { ...keys.primary.pk, composite: ['shard'], template: 'alerts#${shard}' },
        sk: {
          ...keys.primary.sk,
          composite: ['teamId', 'projectId', 'id'],
          template: 'team#${teamId}#${projectId}#${id}',
        },
      },
    },
  },
  table,
);
export type AlertRecord = EntityItem<typeof AlertEntity>;

/** One change of an alert's state. TTL deletes it after 90 days. */
export const AlertChangeEntity = new Entity(
  {
    model: { entity: 'alertChange', service: 'gantry', version: '1' },
    attributes: {
      teamId: { type: 'string', required: true },
      alertId: { type: 'string', required: true },
      /** The minute since 1970, in eight digits. */
      minute: { type: 'string', required: true },
      from: { type: alertStates, required: true },
      to: { type: alertStates, required: true },
      value: { type: 'number' },
      ttl: { type: 'number', required: true },
    },
    indexes: {
      primary: {
        pk: { ...keys.primary.pk, composite: ['teamId'], template: 'team#${teamId}' },
        sk: { ...keys.primary.sk, composite: ['alertId', 'minute'], template: 'alertChange#${alertId}#${minute}' },
      },
    },
  },
  table,
);
export type AlertChangeRecord = EntityItem<typeof AlertChangeEntity>;

/** The outcome of an alert's check in one minute. TTL deletes it after three days. */
export const CheckEntity = new Entity(
  {
    model: { entity: 'check', service: 'gantry', version: '1' },
    attributes: {
      teamId: { type: 'string', required: true },
      alertId: { type: 'string', required: true },
      /** The minute since 1970, in eight digits. */
      minute: { type: 'string', required: true },
      /** Why it failed; absent where all was well. */
      failure: { type: 'string' },
      ttl: { type: 'number', required: true },
    },
    indexes: {
      primary: {
        pk: { ...keys.primary.pk, composite: ['alertId'], template: 'checks#${alertId}' },
        sk: { ...keys.primary.sk, composite: ['minute'], template: 'check#${minute}' },
      },
    },
  },
  table,
);
export type CheckRecord = EntityItem<typeof CheckEntity>;

/** The outcomes of an alert's checks in the minutes from `from` to `to`, strongly consistent. */
export async function readChecks(alertId: string, from: number, to: number): Promise<CheckRecord[]> {
  const checks = CheckEntity.query.primary({ alertId }).between({ minute: minuteKey(from) }, { minute: minuteKey(to) });
  const { data } = await checks.go({ pages: 'all', consistent: true });
  return data;
}

export interface AlertPath extends ProjectPath {
  readonly alertId: string;
}

export const alertAt = ({ teamId, projectId, alertId }: AlertPath): Lookup<AlertRecord> =>
  lookupOf('such alert', AlertEntity.get({ shard: ALERT_SHARD, teamId, projectId, id: alertId }), (item) =>
    AlertEntity.parse(item),
  );

/** The query of a project's alerts, oldest first. */
export const ofProject = ({ teamId, projectId }: ProjectPath) =>
  AlertEntity.query.primary({ shard: ALERT_SHARD, teamId, projectId });

/** The alerts of a project, strongly consistent. */
export async function alertsOfProject({ teamId, projectId }: ProjectPath): Promise<AlertRecord[]> {
  const { data } = await ofProject({ teamId, projectId }).go({ pages: 'all', consistent: true });
  return data;
}

/** All alerts of the installation, strongly consistent. */
export async function allAlerts(): Promise<AlertRecord[]> {
  const { data } = await AlertEntity.query.primary({ shard: ALERT_SHARD }).go({ pages: 'all', consistent: true });
  return data;
}

/** The last minute (since 1970) of which every alert on looks, or on traffic, was judged; undefined before the first. */
export const readJudged = (of: Collected) => readProgress('alerts', of);

/** Records that every such alert was judged up to a minute, as in `writeProgress`. */
export const writeJudged = (of: Collected, minute: number, now: number) => writeProgress('alerts', of, minute, now);
