import { posix } from 'node:path';
import { BuildError } from './build-error.ts';
import { chooseProvider } from './choose-provider.ts';
import { type LoadedConfig, readAppConfig, readProcfile } from './config.ts';
import { type BuildSettings, DETECTED, decided, givenBy, lineOf } from './given.ts';
import { BuildPlan, commandVector, type PlannedRuntime } from './plan.ts';
import { portInCommand } from './providers/fixed-port.ts';
import { type Assets, assetsOf } from './providers/node-assets.ts';
import type { App, Detected, Site, Sourced, Start } from './providers/provider.ts';
import { shellQuote } from './providers/shell-words.ts';
import { SERVER_PATH } from './providers/static-server.ts';
import { settingsOf } from './service-settings.ts';
import { type SourceTree, subTree } from './source-tree.ts';
import { testsOf } from './tests-of-app.ts';

/** A plan. If it has no start command, `missing` says how to set one. */
export interface Draft {
  readonly plan: Omit<BuildPlan, 'start' | 'startSource' | 'command'> &
    Partial<Pick<BuildPlan, 'start' | 'startSource' | 'command'>>;
  readonly missing: string | undefined;
}

/**
 * Plans the build of the app in a folder of a source tree, by its files alone. The service's settings win over `Procfile`, which wins over
 * `gantry.json` (`config`; the folder's own by default), which wins over detection. Throws a `BuildError` if no provider fits, a file is not valid, or no
 * start command is found.
 */
export async function planBuild(
  source: SourceTree,
  settings = DETECTED,
  folder = '.',
  config?: LoadedConfig,
): Promise<BuildPlan> {
  const { plan, missing } = await draftPlan(source, settings, folder, config);
  if (missing !== undefined) throw new BuildError(missing);
  return BuildPlan.parse(plan);
}

/** Like `planBuild`, but also answers an incomplete plan. */
export async function draftPlan(
  source: SourceTree,
  settings: BuildSettings = DETECTED,
  folder = '.',
  configured?: LoadedConfig,
): Promise<Draft> {
  const tree = subTree(source, folder);
  const [loaded, procfile] = await Promise.all([
    configured ?? readAppConfig(tree, settings.environment),
    readProcfile(tree),
  ]);
  const { config, place: said } = loaded;
  const given = givenBy(settings, loaded, procfile);
  const tests = testsOf(loaded);
  const app: App = {
    ...{ tree, source, folder, names: await tree.list('.') },
    given: {
      ...(given.start && { start: given.start.line }),
      commands: [...(given.build?.value ?? []), ...(tests?.value ?? [])],
      prune: config.build?.prune ?? true,
    },
  };
  const { provider, reason } = await chooseProvider(app, loaded);
  const detected = await provider.plan(app);
  const { root, folder: place } = detected.location ?? { root: folder, folder };
  const assets = provider.assets ? await assetsOf(app, root) : undefined;
  const site = siteOf(detected.site, config.static, said('static', 'folder'));
  const asked = given.start && { ...given.start, line: detected.unwrapped ?? given.start.line };
  const start = asked ?? site?.start ?? detected.start;
  const later = given.install === undefined ? (detected.install.later ?? []) : [];
  const { install, build } = {
    install: commandsOf(detected, assets, 'install'),
    build: commandsOf(detected, assets, 'build'),
  };
  const inFolder =
    root === place || posix.relative(root, place) === '' ? '' : `cd ${shellQuote(posix.relative(root, place))} && `;
  const own = (commands: readonly string[] | undefined) => commands?.map((line) => inFolder + line);
  const { packageManager } = detected.install;
  const runtime = runtimeOf(detected.runtime, config.versions, said('versions', detected.runtime.name));
  const release = given.release ?? detected.release;
  const port = config.port === undefined ? portOf(start, detected) : { value: config.port, source: said('port') };
  const of = settingsOf(loaded, given.release, port, settings.service);
  const notes = [
    ...(given.install === undefined ? (detected.install.notes ?? []) : []),
    ...(detected.build.notes ?? []).filter(() => given.start === undefined),
    ...given.notes,
    ...of.notes,
  ];
  return {
    missing:
      start === undefined
        ? (detected.missing ??
          `nothing says how to start this ${provider.name} app; add ${provider.startHint}, a Procfile with a "${settings.service?.kind ?? 'web'}:" line, or "start" in gantry.json`)
        : undefined,
    plan: {
      provider: provider.name,
      runtime,
      buildRuntimes: assets === undefined ? [] : [assets.runtime],
      packageManager: packageManager?.value,
      tools: [...(detected.install.tools ?? []), ...(assets?.tools ?? [])],
      packages: {
        build: [...detected.packages.build, ...(config.packages?.build ?? [])],
        run: [...detected.packages.run, ...(config.packages?.run ?? [])],
      },
      ...(detected.extensions && { extensions: detected.extensions }),
      root,
      folder: posix.relative(root, place) || '.',
      install: own(given.install?.value) ?? install,
      installInputs: given.install === undefined ? inputsOf(detected, assets) : [],
      build: [...later, ...(own(given.build?.value) ?? build), ...(own(tests?.value) ?? [])],
      prune: [...(detected.build.prune ?? []), ...(assets?.prune ?? [])],
      ...(start && {
        start: start.line,
        startSource: start.source,
        command: [...(start.command ?? commandVector(start.line))],
      }),
      ...(release && { release: release.line }),
      ...(of.settings && { settings: of.settings }),
      ...(site && { site: { ...site.site, built: (given.build?.value ?? build).length > 0 } }),
      dependencyFolders: [...detected.folders.dependencies, ...(assets?.folders.dependencies ?? [])],
      cacheFolders: [...detected.folders.caches, ...(assets?.folders.caches ?? [])],
      notes,
      env: detected.env,
      decisions: [
        { part: 'provider', value: provider.name, source: reason },
        ...[runtime, ...(assets ? [assets.runtime] : [])].map(({ name, version, versionSource }) => ({
          part: 'runtime' as const,
          value: `${name} ${version}`,
          source: versionSource,
        })),
        ...(packageManager === undefined ? [] : [{ part: 'package manager' as const, ...packageManager }]),
        ...decided('install', given.install, {
          value: [...install, ...later],
          source: packageManager?.source ?? 'default',
        }),
        ...decided('build', given.build, { value: build, source: detected.build.source }),
        ...decided('test', tests, undefined),
        ...decided('start', lineOf(given.start ?? site?.start), lineOf(detected.start)),
        ...decided('release', lineOf(given.release), lineOf(detected.release)),
        ...of.decisions,
      ],
    },
  };
}

/** The commands that make files for browsers come first, because the app's own build may read these files. */
function commandsOf(detected: Detected, assets: Assets | undefined, part: 'install' | 'build'): string[] {
  return part === 'install'
    ? [...detected.install.commands, ...(assets?.install ?? [])]
    : [...(assets?.build ?? []), ...detected.build.commands];
}

/** The files that both installs read. If one may read the whole source, the answer is empty. */
function inputsOf(detected: Detected, assets: Assets | undefined): string[] {
  const both = [
    ...(assets === undefined ? [] : [assets]),
    { install: detected.install.commands, inputs: detected.install.inputs },
  ];
  const open = both.some(({ install, inputs }) => install.length > 0 && inputs.length === 0);
  return open ? [] : [...new Set(both.flatMap(({ inputs }) => inputs))];
}

/** The detected site, or the one in the app's config file; the latter has the command that serves it. */
function siteOf(
  detected: Site | undefined,
  config: { readonly folder?: string | undefined; readonly fallback?: boolean | string | undefined } | undefined,
  source: string,
): { site: Site; start?: Start } | undefined {
  const folder = config?.folder ?? detected?.folder;
  if (folder === undefined) return undefined;
  const site = { folder: posix.normalize(folder), fallback: config?.fallback ?? detected?.fallback ?? false };
  if (config?.folder === undefined) return { site };
  const command = ['node', SERVER_PATH, site.folder];
  return { site, start: { line: command.join(' '), source, command } };
}

/** A port in the start command wins over one in the source. */
function portOf(start: Start | undefined, { port }: Detected): Sourced<number> | undefined {
  return start && (portInCommand(start.line, start.source) ?? port);
}

function runtimeOf(
  detected: PlannedRuntime,
  versions: Readonly<Record<string, string>> | undefined,
  source: string,
): PlannedRuntime {
  const version = versions?.[detected.name];
  return version === undefined ? detected : { ...detected, version, versionSource: source };
}
