import type { LoadedConfig } from './config.ts';
import type { Decision } from './plan.ts';
import type { Sourced, Start } from './providers/provider.ts';

/** The platform's settings of the service; null leaves the choice to detection. */
export interface BuildSettings {
  readonly installCommand: string | null;
  readonly buildCommand: string | null;
  /** Its name and kind select its line of a `Procfile`. Without a service the line `web` counts. */
  readonly service?: { readonly name: string; readonly kind: string };
  /** The name of the environment: `gantry.json` may have settings for it. */
  readonly environment?: string | undefined;
}

export const DETECTED: BuildSettings = { installCommand: null, buildCommand: null };

/** The choices of the source's owner, in the service's settings or in files of the app. They replace the detected ones. */
export interface Given {
  readonly start: Start | undefined;
  readonly release: Start | undefined;
  readonly install: Sourced<readonly string[]> | undefined;
  readonly build: Sourced<readonly string[]> | undefined;
  /** Advice for the owner. */
  readonly notes: readonly string[];
}

/** Collects the choices: the service's settings win over the `Procfile`, which wins over `gantry.json`. */
export function givenBy(
  settings: BuildSettings,
  loaded: LoadedConfig,
  procfile: Readonly<Record<string, string>>,
): Given {
  const { config, place } = loaded;
  const processes = new Map(Object.entries(procfile));
  const line = (name: string): Start | undefined => {
    const command = processes.get(name);
    return command === undefined ? undefined : { line: command, source: `Procfile > ${name}` };
  };
  const { name, kind } = settings.service ?? { name: 'web', kind: 'web' };
  const processLine = (name === 'release' ? undefined : line(name)) ?? line(kind);
  const others = [...processes.keys()].filter((each) => each !== 'release');
  return {
    start: processLine ?? (config.start === undefined ? undefined : { line: config.start, source: place('start') }),
    release:
      line('release') ??
      (config.release === undefined ? undefined : { line: config.release, source: place('release') }),
    install: commands(
      "the service's install command",
      settings.installCommand,
      place('build', 'install'),
      config.build?.install,
    ),
    build: commands("the service's build command", settings.buildCommand, place('build', 'build'), config.build?.build),
    notes:
      processLine === undefined && others.length > 0 && config.start === undefined
        ? [
            `the Procfile has no line "${name}"${kind === name ? '' : ` or "${kind}"`}: it has ${others.slice(0, 8).join(', ')}`,
          ]
        : [],
  };
}

function commands(
  setting: string,
  set: string | null,
  field: string,
  written: string | readonly string[] | undefined,
): Sourced<readonly string[]> | undefined {
  if (set !== null) return { value: [set], source: setting };
  if (written === undefined) return undefined;
  return { value: typeof written === 'string' ? [written] : written, source: field };
}

/** The decision on commands. If the owner gave them, the decision also has the detected ones. */
export function decided(
  part: Decision['part'],
  given: Sourced<readonly string[]> | undefined,
  detected: Sourced<readonly string[]> | undefined,
): Decision[] {
  const [line, found] = [given?.value.join(' && '), detected?.value.join(' && ')];
  if (given !== undefined && line !== undefined) {
    const other = found !== undefined && found !== '' && found !== line;
    return [{ part, value: line, source: given.source, ...(other && { insteadOf: found }) }];
  }
  return detected === undefined || !found ? [] : [{ part, value: found, source: detected.source }];
}

export function lineOf(start: Start | undefined): Sourced<string[]> | undefined {
  return start && { value: [start.line], source: start.source };
}
