import type { Service, ServiceChange } from '@gantry/contract/schemas/services.ts';
import { DEFAULT_PORT, serviceDefaults } from '@gantry/contract/service-defaults.ts';

/** A setting of a service in a form. */
export interface Setting {
  /** The path in the contract: `build.installCommand`. */
  readonly path: string;
  readonly label: string;
  readonly hint: string;
  /** The default, in words. */
  readonly preset: string;
  readonly kind?: 'number' | 'list' | 'switch';
  readonly options?: readonly string[];
  /** Whether an empty text switches the setting off, instead of resetting it. */
  readonly mayBeOff?: true;
  /** The kinds of service that have it; default all. */
  readonly of?: readonly Service['kind'][];
}

export interface SettingGroup {
  readonly title: string;
  readonly settings: readonly Setting[];
}

const { release, health } = serviceDefaults;
const DETECTED = 'Detected at build';
const NEXT = 'Applies from the next deployment.';

export const settingGroups: readonly SettingGroup[] = [
  {
    title: 'Build',
    settings: [
      { path: 'rootFolder', label: 'Root folder', preset: 'All of the source', hint: 'The folder that is built.' },
      { path: 'build.installCommand', label: 'Install command', preset: DETECTED, hint: 'Installs packages.' },
      { path: 'build.buildCommand', label: 'Build command', preset: DETECTED, hint: 'Builds the app.' },
    ],
  },
  {
    title: 'Run',
    settings: [
      { path: 'runtime.startCommand', label: 'Start command', preset: DETECTED, hint: 'Starts the app.' },
      {
        path: 'runtime.port',
        label: 'Port',
        kind: 'number',
        preset: String(DEFAULT_PORT),
        hint: 'The app gets it as $PORT.',
        of: ['web'],
      },
      {
        path: 'schedule',
        label: 'Schedule',
        preset: '',
        hint: 'Minute, hour, day, month, weekday: 0 9 * * MON-FRI, or @daily.',
        of: ['cron'],
      },
      { path: 'timezone', label: 'Time zone', preset: 'UTC', hint: 'Such as Europe/Berlin.', of: ['cron'] },
      { path: 'scaling.minReplicas', label: 'Replicas, at least', kind: 'number', preset: '1', hint: NEXT },
      { path: 'scaling.maxReplicas', label: 'Replicas, at most', kind: 'number', preset: '1', hint: 'Under load.' },
      {
        path: 'scaling.size',
        label: 'Size of each',
        options: ['small', 'medium', 'large'],
        preset: 'small',
        hint: 'Small: 1 vCPU and 512 MiB. Medium: 2 and 2 GiB. Large: 4 and 8 GiB.',
      },
    ],
  },
  {
    title: 'Release',
    settings: [
      {
        path: 'release.command',
        label: 'Release command',
        preset: 'None',
        hint: 'Runs once with the new image before it serves, for migrations.',
      },
      {
        path: 'release.rehearseSeconds',
        label: 'Rehearsal limit in seconds',
        kind: 'number',
        preset: 'No rehearsal',
        hint: 'Runs the release command first on copies of the databases, with so long for a statement or a transaction.',
      },
      {
        path: 'release.weights',
        label: 'Shares of the traffic',
        kind: 'list',
        preset: release.weights.join(', '),
        hint: 'In percent, one after the other: 10, 50, 100.',
        of: ['web'],
      },
      {
        path: 'release.bakeSeconds',
        label: 'Bake time in seconds',
        kind: 'number',
        preset: String(release.bakeSeconds),
        hint: 'How long Gantry watches each share except the last.',
        of: ['web'],
      },
      {
        path: 'release.warmMinutes',
        label: 'Warm time in minutes',
        kind: 'number',
        preset: String(release.warmMinutes),
        hint: 'How long the previous release stays started, for a rollback within a second.',
        of: ['web'],
      },
    ],
  },
  {
    title: 'Analysis of a share',
    settings: [
      {
        path: 'release.analysis',
        label: 'Judge the traffic',
        kind: 'switch',
        options: ['on', 'off'],
        preset: 'on',
        hint: 'A release that is worse than the live one loses its traffic again.',
        of: ['web'],
      },
      {
        path: 'release.maxErrorPercent',
        label: 'Failed requests in percent, at most',
        kind: 'number',
        mayBeOff: true,
        preset: 'Any',
        hint: 'Empty for any.',
        of: ['web'],
      },
      {
        path: 'release.maxP95Ms',
        label: '95th percentile in milliseconds, at most',
        kind: 'number',
        mayBeOff: true,
        preset: 'Any',
        hint: 'Empty for any.',
        of: ['web'],
      },
      {
        path: 'release.patienceMinutes',
        label: 'Patience in minutes',
        kind: 'number',
        preset: String(release.patienceMinutes),
        hint: 'How long Gantry watches a share beyond the bake time if its traffic is not enough for a verdict.',
        of: ['web'],
      },
      {
        path: 'release.watchMinutes',
        label: 'Watch in minutes',
        kind: 'number',
        preset: String(release.watchMinutes),
        hint: 'The time after a release went live in which it loses the traffic again if it breaks a limit.',
        of: ['web'],
      },
      {
        path: 'release.whenUnclear',
        label: 'After that time',
        options: ['continue', 'stop'],
        preset: release.whenUnclear,
        hint: 'Continue because the release is healthy, or stop the deployment.',
        of: ['web'],
      },
    ],
  },
  {
    title: 'Health',
    settings: [
      {
        path: 'health.path',
        label: 'Path',
        preset: 'An open port is enough',
        hint: 'Answers 200 once the app is ready: /healthz.',
        of: ['web'],
      },
      {
        path: 'health.timeoutSeconds',
        label: 'Time limit in seconds',
        kind: 'number',
        preset: String(health.timeoutSeconds),
        hint: 'The time that a new release has to become healthy.',
      },
    ],
  },
];

/** The value of a setting in a service, in a release or in the defaults, as text. Empty if unset. */
export function valueAt(service: object, path: string): string {
  const [group = '', name] = path.split('.');
  const outer = Reflect.get(service, group) as unknown;
  const value = name === undefined || typeof outer !== 'object' || outer === null ? outer : Reflect.get(outer, name);
  if (value === null || value === undefined) return '';
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return Array.isArray(value) ? value.join(', ') : String(value);
}

/** The change from a form's texts, with only the settings that differ. An empty text resets a setting. */
export function changeOf(
  service: Service,
  settings: readonly Setting[],
  texts: ReadonlyMap<string, string>,
): ServiceChange {
  const change: Record<string, unknown> = {};
  for (const setting of settings) {
    const text = texts.get(setting.path)?.trim();
    if (text === undefined || text === valueAt(service, setting.path)) continue;
    const [group = '', name] = setting.path.split('.');
    const value = text !== '' ? read(setting, text) : setting.mayBeOff ? null : presetAt(group, name);
    if (name === undefined) change[group] = value;
    else change[group] = { ...(change[group] as object | undefined), [name]: value };
  }
  return change as ServiceChange;
}

function presetAt(group: string, name: string | undefined): unknown {
  if (group === 'timezone') return 'UTC';
  const outer = Reflect.get(serviceDefaults, group) as unknown;
  return name === undefined ? (outer ?? '') : Reflect.get(outer as object, name);
}

function read({ kind }: Setting, text: string): unknown {
  if (kind === 'number') return Number(text);
  if (kind === 'switch') return text === 'on';
  return kind === 'list' ? text.split(',').map((part) => Number(part.trim())) : text;
}
