import { readSchedule, readTimeZone } from '@gantry/contract/cron.ts';
import { fieldError } from '@gantry/contract/field-names.ts';
import type { NewService, ServiceChange } from '@gantry/contract/schemas/services.ts';
import { DEFAULT_PORT, serviceDefaults } from '@gantry/contract/service-defaults.ts';
import { replaced } from '../kernel/replace.ts';
import type { ServiceRecord } from '../records/projects.ts';

/** The settings of a service, as recorded. */
export type ServiceSettings = Pick<
  ServiceRecord,
  'name' | 'schedule' | 'timezone' | 'source' | 'rootFolder' | 'build' | 'runtime' | 'release' | 'health' | 'scaling'
>;

/** The port that a web service's app listens on; `built` is the port that the build found. */
export function portOf({ runtime }: Pick<ServiceRecord, 'runtime'>, built?: number): number {
  return runtime.port ?? built ?? DEFAULT_PORT;
}

/** The settings of a service's releases. A service from before an upgrade lacks the newer ones. */
export function releaseSettings({ release }: Pick<ServiceRecord, 'release'>): ServiceRecord['release'] {
  return { ...serviceDefaults.release, ...release };
}

/** The settings of a service created with only a slug. */
function defaults(slug: string): ServiceSettings {
  return {
    name: slug,
    source: { kind: 'upload' },
    ...serviceDefaults,
    release: { ...serviceDefaults.release, weights: [...serviceDefaults.release.weights] },
  };
}

/** The settings of a new service. Throws Invalid when they contradict each other. */
export function newSettings({ slug, kind = 'web', ...input }: NewService): ServiceSettings {
  const base = defaults(slug);
  const { minReplicas = 1, maxReplicas = minReplicas } = input.scaling ?? {};
  return checked(kind, merged({ ...base, scaling: { ...base.scaling, minReplicas, maxReplicas } }, input));
}

/** The settings after a change. Throws Invalid when they contradict each other. */
export function changedSettings(record: ServiceRecord, change: ServiceChange): ServiceSettings {
  return checked(record.kind, merged(record, change));
}

function merged(base: ServiceSettings, change: ServiceChange): ServiceSettings {
  const schedule = change.schedule === undefined ? base.schedule : formOf(change.schedule);
  const zone = change.schedule === null ? undefined : base.timezone;
  const timezone = change.timezone === undefined ? zone : readTimeZone(change.timezone);
  return {
    name: change.name ?? base.name,
    ...(schedule !== undefined && { schedule }),
    ...(timezone !== undefined && { timezone }),
    source: change.source ?? base.source,
    rootFolder: change.rootFolder ?? base.rootFolder,
    build: replaced(base.build, change.build),
    runtime: replaced(base.runtime, change.runtime),
    release: replaced(base.release, change.release),
    health: replaced(base.health, change.health),
    scaling: replaced(base.scaling, change.scaling),
  };
}

/** The normal form of a valid schedule; undefined for null, which leaves the schedule to the source. */
function formOf(text: string | null): string | undefined {
  if (text === null) return undefined;
  const read = readSchedule(text);
  if ('problem' in read) throw fieldError('body.schedule', read.problem);
  return read.schedule;
}

function checked(kind: ServiceRecord['kind'], settings: ServiceSettings): ServiceSettings {
  const { schedule, timezone, scaling } = settings;
  if (kind !== 'cron' && schedule !== undefined)
    throw fieldError('body.schedule', `has no meaning for a ${kind} service`);
  if (kind !== 'cron' && timezone !== undefined)
    throw fieldError('body.timezone', `has no meaning for a ${kind} service`);
  if (schedule === undefined && timezone !== undefined)
    throw fieldError('body.timezone', 'belongs to a schedule: give the schedule too');
  if (scaling.maxReplicas < scaling.minReplicas) {
    throw fieldError('body.scaling.maxReplicas', `must be at least the smallest, ${scaling.minReplicas}`);
  }
  return settings;
}
