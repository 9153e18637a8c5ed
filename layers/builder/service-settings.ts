import type { LoadedConfig } from './config.ts';
import type { Decision, Settings } from './plan.ts';
import type { Sourced, Start } from './providers/provider.ts';

/** What a source says of its service, and where it says so. */
export interface Said {
  /** Undefined where it says nothing. */
  readonly settings: Settings | undefined;
  readonly decisions: readonly Decision[];
}

/** What `gantry.json` says of a service that is built by a Dockerfile. */
export function saidOfService(loaded: LoadedConfig): Said {
  const { config, place } = loaded;
  const release = config.release === undefined ? undefined : { line: config.release, source: place('release') };
  const port = config.port === undefined ? undefined : { value: config.port, source: place('port') };
  const { settings, decisions } = settingsOf(loaded, release, port);
  const own = release ? [{ part: 'release' as const, value: release.line, source: release.source }] : [];
  return { settings, decisions: [...own, ...decisions] };
}

/** The settings of a service that its source gives. Where a release command is from is decided with the commands of the build. */
export function settingsOf(
  { config: { health, watchPaths }, place }: LoadedConfig,
  release: Start | undefined,
  port: Sourced<number> | undefined,
): Said {
  const settings: Settings = {
    ...(release && { releaseCommand: release.line }),
    ...(port && { port: port.value }),
    ...(health !== undefined && { healthPath: health }),
    ...(watchPaths && { watchPaths }),
  };
  return {
    settings: Object.keys(settings).length === 0 ? undefined : settings,
    decisions: [
      ...(port ? [{ part: 'port' as const, value: String(port.value), source: port.source }] : []),
      ...(health === undefined ? [] : [{ part: 'health' as const, value: health, source: place('health') }]),
      ...(watchPaths === undefined
        ? []
        : [{ part: 'watch paths' as const, value: watchPaths.join(', ') || 'all', source: place('watchPaths') }]),
    ],
  };
}
