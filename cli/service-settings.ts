import { GantryError } from '@gantry/contract/errors.ts';
import type { Service, ServiceChange } from '@gantry/contract/schemas/services.ts';
import { DEFAULT_PORT, serviceDefaults } from '@gantry/contract/service-defaults.ts';
import type { Flags, FlagValues } from './declare.ts';
import { decimal, wholeNumber } from './numbers.ts';
import { sourceText } from './service-source.ts';

/** The word that resets a setting: `--health default`. `none` does the same for a setting that is off by default. */
const RESET = new Set(['default', 'none']);

/** The flags for settings of a service, each with its field in errors. */
export const settings = {
  name: { summary: 'its display name', value: 'name', field: 'body.name' },
  schedule: {
    summary: 'when a cron service runs, such as "0 9 * * MON-FRI" or @daily',
    value: 'cron',
    field: 'body.schedule',
  },
  timezone: { summary: 'the time zone of the schedule; default UTC', value: 'zone', field: 'body.timezone' },
  root: { summary: 'the folder of the source to build', value: 'folder', field: 'body.rootFolder' },
  install: {
    summary: 'the command that installs packages, instead of the detected one',
    value: 'command',
    field: 'body.build.installCommand',
  },
  buildCommand: {
    summary: 'the command that builds, instead of the detected one',
    value: 'command',
    field: 'body.build.buildCommand',
  },
  start: {
    summary: 'the command that starts the app, instead of the detected one',
    value: 'command',
    field: 'body.runtime.startCommand',
  },
  port: { summary: 'the value of $PORT for the app', value: 'number', field: 'body.runtime.port' },
  releaseCommand: {
    summary: 'the command that runs once before a release starts, for migrations',
    value: 'command',
    field: 'body.release.command',
  },
  rehearse: {
    summary: 'try the release command on copies of the databases first, with so long for a statement',
    value: 'seconds',
    field: 'body.release.rehearseSeconds',
  },
  weights: {
    summary: "a release's shares of the traffic in order, such as 10,50,100",
    value: 'list',
    field: 'body.release.weights',
  },
  bake: {
    summary: 'how long to watch each share but the last',
    value: 'seconds',
    field: 'body.release.bakeSeconds',
  },
  strategy: {
    summary: 'rolling: all traffic at once; canary: in the shares 10, 25, 50 and 100 percent',
    value: 'name',
    field: 'body.release.weights',
  },
  analysis: {
    summary: 'whether the traffic of each share is judged, on or off',
    value: 'switch',
    field: 'body.release.analysis',
  },
  maxErrors: {
    summary: 'the percentage of requests that may fail, or none',
    value: 'percent',
    field: 'body.release.maxErrorPercent',
  },
  maxP95: {
    summary: 'the time within which 95 of 100 requests must be answered, or none',
    value: 'ms',
    field: 'body.release.maxP95Ms',
  },
  patience: {
    summary: 'how long to watch a share beyond its bake time for a verdict',
    value: 'minutes',
    field: 'body.release.patienceMinutes',
  },
  watch: {
    summary: 'how long to watch the limits after a release went live',
    value: 'minutes',
    field: 'body.release.watchMinutes',
  },
  whenUnclear: {
    summary: 'the action without a verdict, continue or stop',
    value: 'choice',
    field: 'body.release.whenUnclear',
  },
  health: { summary: 'the path that answers 200 once the app is ready', value: 'path', field: 'body.health.path' },
  healthTimeout: {
    summary: 'how long a new release may take to become healthy',
    value: 'seconds',
    field: 'body.health.timeoutSeconds',
  },
} as const satisfies Flags;

/** The change of a service from its flags; `default` resets a setting. */
export function changeOf(flags: FlagValues<typeof settings>): ServiceChange {
  const { build, runtime, release, health } = serviceDefaults;
  const set = <K extends string, T>(key: K, given: string | undefined, preset: T, read: (text: string) => T) =>
    given === undefined ? {} : ({ [key]: RESET.has(given) ? preset : read(given) } as Record<K, T>);
  const text = (given: string): string | null => given;
  const number = (flag: string) => (given: string) => wholeNumber(flag, given);
  const list = (given: string) => given.split(',').map((part) => wholeNumber('--weights', part.trim()));
  const groups = {
    build: {
      ...set('installCommand', flags.install, build.installCommand, text),
      ...set('buildCommand', flags.buildCommand, build.buildCommand, text),
    },
    runtime: {
      ...set('startCommand', flags.start, runtime.startCommand, text),
      ...set<'port', number | null>('port', flags.port, runtime.port, number('--port')),
    },
    release: {
      ...set('command', flags.releaseCommand, release.command, text),
      ...set<'rehearseSeconds', number | null>(
        'rehearseSeconds',
        flags.rehearse,
        release.rehearseSeconds,
        number('--rehearse'),
      ),
      ...set('weights', flags.weights, [...release.weights] as number[], list),
      ...set<'bakeSeconds', number>('bakeSeconds', flags.bake, release.bakeSeconds, number('--bake')),
      ...set<'patienceMinutes', number>(
        'patienceMinutes',
        flags.patience,
        release.patienceMinutes,
        number('--patience'),
      ),
      ...set<'watchMinutes', number>('watchMinutes', flags.watch, release.watchMinutes, number('--watch')),
      ...(flags.strategy !== undefined && { weights: strategyOf(flags.strategy) }),
      ...analysisOf(flags),
    },
    health: {
      ...set('path', flags.health, health.path, text),
      ...set<'timeoutSeconds', number>(
        'timeoutSeconds',
        flags.healthTimeout,
        health.timeoutSeconds,
        number('--health-timeout'),
      ),
    },
  };
  return {
    ...(flags.name !== undefined && { name: flags.name }),
    ...set<'schedule', string | null>('schedule', flags.schedule, null, text),
    ...(flags.timezone !== undefined && { timezone: RESET.has(flags.timezone) ? 'UTC' : flags.timezone }),
    ...set('rootFolder', flags.root, serviceDefaults.rootFolder as string, (given) => given),
    ...Object.fromEntries(Object.entries(groups).filter(([, group]) => Object.keys(group).length > 0)),
  };
}

const STRATEGIES: Readonly<Record<string, readonly number[]>> = { rolling: [100], canary: [10, 25, 50, 100] };

function strategyOf(name: string): number[] {
  const weights = STRATEGIES[RESET.has(name) ? 'rolling' : name];
  if (weights === undefined) throw new GantryError('Invalid', `--strategy is ${name}, and must be rolling or canary.`);
  return [...weights];
}

/** The limits and switches of the analysis. Here `none` switches a limit off, and only `default` resets one. */
function analysisOf(flags: FlagValues<typeof settings>) {
  const preset = serviceDefaults.release;
  const choice = <T>(flag: string, given: string | undefined, standard: T, choices: Readonly<Record<string, T>>) => {
    if (given === undefined || given === 'default') return given === undefined ? undefined : standard;
    const chosen = choices[given];
    if (chosen !== undefined) return chosen;
    throw new GantryError('Invalid', `${flag} is ${given}, and must be ${Object.keys(choices).join(' or ')}.`);
  };
  const limit = (given: string | undefined, standard: number, read: (text: string) => number) => {
    if (given === undefined || given === 'default') return given === undefined ? undefined : standard;
    return given === 'none' ? null : read(given);
  };
  const read = {
    analysis: choice('--analysis', flags.analysis, preset.analysis as boolean, { on: true, off: false }),
    maxErrorPercent: limit(flags.maxErrors, preset.maxErrorPercent, (text) => decimal('--max-errors', text)),
    maxP95Ms: limit(flags.maxP95, preset.maxP95Ms, (text) => wholeNumber('--max-p95', text)),
    whenUnclear: choice<'continue' | 'stop'>('--when-unclear', flags.whenUnclear, preset.whenUnclear, {
      continue: 'continue',
      stop: 'stop',
    }),
  };
  return Object.fromEntries(Object.entries(read).filter(([, value]) => value !== undefined)) as Partial<typeof read>;
}

/** One effective setting: its name, its value, and whether the service sets it. */
export interface Setting {
  readonly setting: string;
  readonly value: string;
  readonly from: 'service' | 'default';
}

const DETECTED = 'detected at build';
/** The schedule of a cron service without its own schedule. */
export const NO_SCHEDULE = 'cron of gantry.json';

/** The schedule of a cron service as shown; null without one of its own. */
export function scheduleText({ schedule, timezone }: Pick<Service, 'schedule' | 'timezone'>): string | null {
  return schedule === null ? null : `${schedule}, in ${timezone}`;
}

export function settingsOf(service: Service): Setting[] {
  const { kind, schedule, timezone, source, rootFolder, build, runtime, release, health, scaling } = service;
  const row = (setting: string, value: string, preset: string): Setting => {
    return { setting, value, from: value === preset ? 'default' : 'service' };
  };
  const command = (setting: string, value: string | null, preset = DETECTED) => row(setting, value ?? preset, preset);
  const { minReplicas, maxReplicas, size } = scaling;
  const shares = (weights: readonly number[], seconds: number) => `${weights.join(', ')}, each for ${seconds} s`;
  const preset = serviceDefaults;
  return [
    row('Source', sourceText(source), 'upload'),
    row('Root folder', rootFolder || 'all of the source', 'all of the source'),
    command('Install', build.installCommand),
    command('Build', build.buildCommand),
    command('Start', runtime.startCommand),
    ...(kind === 'cron' ? [command('Schedule', scheduleText({ schedule, timezone }), NO_SCHEDULE)] : []),
    ...(kind === 'web' ? [row('Port', String(runtime.port ?? DEFAULT_PORT), String(DEFAULT_PORT))] : []),
    command('Release command', release.command, 'none'),
    ...(kind === 'web'
      ? [
          row(
            'Weights',
            shares(release.weights, release.bakeSeconds),
            shares(preset.release.weights, preset.release.bakeSeconds),
          ),
          row('Analysis', analysisText(release), analysisText(preset.release)),
          command('Health', health.path, 'an open port'),
        ]
      : []),
    row('Health timeout', `${health.timeoutSeconds} s`, `${preset.health.timeoutSeconds} s`),
    row('Scale', `${minReplicas} to ${maxReplicas}, ${size}`, '1 to 1, small'),
  ];
}

function analysisText(release: Omit<Service['release'], 'weights' | 'command'>): string {
  const { analysis, maxErrorPercent, maxP95Ms, patienceMinutes, whenUnclear } = release;
  if (!analysis) return 'off';
  const errors = maxErrorPercent === null ? 'any errors' : `errors to ${maxErrorPercent} %`;
  const latency = maxP95Ms === null ? 'any latency' : `p95 to ${maxP95Ms} ms`;
  return `${errors}, ${latency}; when unclear for ${patienceMinutes} min: ${whenUnclear}`;
}
