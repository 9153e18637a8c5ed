import { type LoadedConfig, scheduleIn } from './config.ts';
import type { Decision, Settings } from './plan.ts';
import type { Sourced, Start } from './providers/provider.ts';

/** The settings of a service in its source, with their places. */
export interface Said {
  /** Undefined if the source has no settings. */
  readonly settings: Settings | undefined;
  readonly decisions: readonly Decision[];
  /** Advice for the owner of the source. */
  readonly notes: readonly string[];
}

/** The service that is built; undefined for a plan without one. */
type Asked = { readonly name: string; readonly kind: string } | undefined;

/** The settings in `gantry.json` of a service that is built by a Dockerfile. */
export function saidOfService(loaded: LoadedConfig, service?: Asked): Said {
  const { config, place } = loaded;
  const release = config.release === undefined ? undefined : { line: config.release, source: place('release') };
  const port = config.port === undefined ? undefined : { value: config.port, source: place('port') };
  const { settings, decisions, notes } = settingsOf(loaded, release, port, service);
  const own = release ? [{ part: 'release' as const, value: release.line, source: release.source }] : [];
  return { settings, decisions: [...own, ...decisions], notes };
}

/** The settings of a service in its source. The caller adds the decision on the release command. */
export function settingsOf(
  loaded: LoadedConfig,
  release: Start | undefined,
  port: Sourced<number> | undefined,
  service: Asked,
): Said {
  const { config, place } = loaded;
  const { health, watchPaths, rehearseSeconds } = config;
  const found = scheduleIn(config);
  const isCron = service === undefined || service.kind === 'cron';
  const cron = isCron ? found : undefined;
  const settings: Settings = {
    ...(release && { releaseCommand: release.line }),
    ...(rehearseSeconds !== undefined && { rehearseSeconds }),
    ...(port && { port: port.value }),
    ...(health !== undefined && { healthPath: health }),
    ...(watchPaths && { watchPaths }),
    ...cron,
  };
  return {
    settings: Object.keys(settings).length === 0 ? undefined : settings,
    decisions: [
      ...(port ? [{ part: 'port' as const, value: String(port.value), source: port.source }] : []),
      ...(health === undefined ? [] : [{ part: 'health' as const, value: health, source: place('health') }]),
      ...(watchPaths === undefined
        ? []
        : [{ part: 'watch paths' as const, value: watchPaths.join(', ') || 'all', source: place('watchPaths') }]),
      ...(cron === undefined
        ? []
        : [
            {
              ...{ part: 'schedule' as const, source: place('cron') },
              value: [cron.schedule, ...(cron.timezone === undefined ? [] : [cron.timezone])].join(', in '),
            },
          ]),
    ],
    notes:
      found === undefined || isCron
        ? []
        : [
            `${place('cron')} has no effect: ${service.name} is a ${service.kind} service, and only a cron service has a schedule`,
          ],
  };
}
