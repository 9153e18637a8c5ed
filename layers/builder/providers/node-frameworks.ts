import { posix } from 'node:path';
import type { Tool } from '../plan.ts';
import { configText, folderBelow, literal, option } from './node-config.ts';
import { type FrameworkApp, singlePage, siteOf } from './node-sites.ts';
import type { Site } from './provider.ts';

/** How a framework builds an app: into a server, or into a site of files. */
export interface Framework {
  /** The package that identifies the framework. */
  readonly name: string;
  /** The file and the rule that decided, if no package did. */
  readonly source?: string;
  /** The build command for an app without a build script. */
  readonly build?: string;
  /** The command that starts the server. */
  readonly start?: string;
  readonly site?: Site;
  /** A program that cannot serve the result of this build. A start script that runs it is ignored. */
  readonly cannotServe?: string;
  /** A tool that the start command runs and the app does not declare. */
  readonly tool?: Tool;
  readonly env?: Readonly<Record<string, string>>;
  /** Variables of the build command alone. */
  readonly buildEnv?: string;
  /** Commands that arrange the result after the build. */
  readonly after?: readonly string[];
}

type Rule = (app: FrameworkApp) => Promise<Framework | undefined>;

const NITRO = 'node .output/server/index.mjs';
const SRVX: Tool = { name: 'srvx', registry: 'npm', package: 'srvx', version: '1.0.8' };

/** The order counts: a framework comes before the tools that it is based on. */
const RULES: readonly (readonly [packages: readonly string[], rule: Rule])[] = [
  [['next'], next],
  [['nuxt', 'nuxt3', 'nuxt-nightly'], nuxt],
  [['@tanstack/react-start', '@tanstack/solid-start', '@tanstack/start'], tanstack],
  [['@solidjs/start', 'vinxi', 'solid-start', 'nitropack', 'nitro', '@analogjs/platform'], nitro],
  [['@remix-run/dev', '@remix-run/serve'], remix],
  [['@react-router/dev', '@react-router/serve'], reactRouter],
  [['@sveltejs/kit'], svelteKit],
  [['astro'], astro],
  [['@nestjs/core'], nest],
  [['@angular/core'], angular],
];

/** The framework of an app. Undefined if the builder knows none of its packages. */
export async function findFramework(app: FrameworkApp): Promise<Framework | undefined> {
  for (const [packages, rule] of RULES) {
    const name = packages.find((each) => app.packages.has(each));
    const found = name === undefined ? undefined : await rule(app);
    if (name !== undefined && found !== undefined) return { ...found, name };
  }
  const site = await siteOf(app);
  return site && { name: site.name, build: site.build, site: site.site };
}

/**
 * `output` decides between a server, a server without installed packages, and files. Source: nextjs.org/docs, "output".
 */
async function next({ tree, names, buildLine, place }: FrameworkApp): Promise<Framework> {
  const config = await configText(tree, names, 'next.config');
  const output = literal(config, 'output');
  const folder = folderBelow(literal(config, 'distDir')) ?? '.';
  const common = { name: 'next', build: 'next build' };
  if (output === 'export' || /\bnext export\b/.test(buildLine)) {
    const out = option(buildLine, '-o', '--outdir') ?? (folder === '.' ? 'out' : folder);
    return { ...common, site: { folder: out, fallback: false }, cannotServe: 'next' };
  }
  if (output !== 'standalone') return { ...common, start: 'next start' };
  const built = folder === '.' ? '.next' : folder;
  const server = posix.join(built, 'standalone', place);
  return {
    ...common,
    start: `node ${server}/server.js`,
    cannotServe: 'next',
    env: { HOSTNAME: '0.0.0.0' },
    after: [
      `cp -r ${built}/static ${server}/${built}/`,
      ...(names.includes('public') ? [`cp -r public ${server}/`] : []),
    ],
  };
}

async function nuxt({ tree, names, buildLine }: FrameworkApp): Promise<Framework> {
  const config = await configText(tree, names, 'nuxt.config');
  const common = { name: 'nuxt', build: 'nuxt build' };
  if (!/\b(nuxt|nuxi) generate\b/.test(buildLine) && literal(config, 'preset') !== 'static')
    return { ...common, start: NITRO };
  const fallback = /\bssr\s*:\s*false\b/.test(config);
  return { ...common, site: { folder: '.output/public', fallback }, cannotServe: 'nuxt' };
}

/**
 * With Nitro the build makes a server. Without Nitro the build makes a handler, which `srvx` serves. Source:
 * tanstack.com/start, "Hosting".
 */
async function tanstack({ tree, names, packages, manifest }: FrameworkApp): Promise<Framework> {
  const config = await configText(tree, names, 'vite.config');
  const vinxi = (await configText(tree, names, 'app.config')) !== '' || packages.has('vinxi');
  const common = { name: 'tanstack', build: vinxi ? 'vinxi build' : 'vite build' };
  if (vinxi || /\bnitro\w*\b/.test(config) || /\btarget\s*:/.test(config)) return { ...common, start: NITRO };
  const old = /^\D*1\.(\d+)/.exec(manifest.dependencies?.['@tanstack/react-start'] ?? '')?.[1];
  if (old !== undefined && Number(old) < 121) return { ...common, start: NITRO };
  if (/\bspa\s*:\s*\{[^}]*enabled\s*:\s*true/.test(config))
    return { ...common, site: { folder: 'dist/client', fallback: true } };
  const own = packages.has('srvx') ? {} : { tool: SRVX };
  return { ...common, ...own, start: 'srvx --prod -s ../client dist/server/server.js' };
}

async function nitro({ packages }: FrameworkApp): Promise<Framework> {
  const vinxi = packages.has('vinxi') || packages.has('@solidjs/start');
  return { name: 'nitro', build: vinxi ? 'vinxi build' : 'vite build', start: NITRO };
}

async function remix({ tree, names, packages }: FrameworkApp): Promise<Framework | undefined> {
  const config = await configText(tree, names, 'vite.config');
  const build = config === '' ? 'remix build' : 'remix vite:build';
  if (/\bssr\s*:\s*false\b/.test(config))
    return { name: 'remix', build, site: { folder: 'build/client', fallback: true }, cannotServe: 'remix-serve' };
  if (!packages.has('@remix-run/serve')) return undefined;
  return { name: 'remix', build, start: `remix-serve ${config === '' ? 'build/index.js' : 'build/server/index.js'}` };
}

/** Source: reactrouter.com, "react-router.config.ts" (`ssr`, `buildDirectory`). */
async function reactRouter({ tree, names, packages }: FrameworkApp): Promise<Framework | undefined> {
  const config = await configText(tree, names, 'react-router.config');
  const folder = folderBelow(literal(config, 'buildDirectory')) ?? 'build';
  const common = { name: 'react-router', build: 'react-router build' };
  if (/\bssr\s*:\s*false\b/.test(config))
    return { ...common, site: { folder: `${folder}/client`, fallback: true }, cannotServe: 'react-router-serve' };
  if (!packages.has('@react-router/serve')) return undefined;
  return { ...common, start: `react-router-serve ./${folder}/server/index.js` };
}

/**
 * The adapter decides what the build makes. The automatic adapter becomes Node.js's adapter on platforms that run
 * Node.js, so the build claims to be on one. Source: svelte.dev/docs/kit, "Adapters".
 */
async function svelteKit({ tree, names, packages }: FrameworkApp): Promise<Framework | undefined> {
  const config = (await configText(tree, names, 'svelte.config')) + (await configText(tree, names, 'vite.config'));
  const uses = (adapter: string) =>
    config === '' ? packages.has(adapter) : config.includes(adapter) && packages.has(adapter);
  const common = { name: '@sveltejs/kit', build: 'vite build' };
  if (uses('@sveltejs/adapter-static')) {
    const folder = folderBelow(literal(config, 'pages')) ?? 'build';
    const fallback = literal(config, 'fallback');
    return { ...common, site: { folder, fallback: fallback ?? false } };
  }
  if (uses('@sveltejs/adapter-node')) {
    return { ...common, start: `node ${folderBelow(literal(config, 'out')) ?? 'build'}` };
  }
  if (uses('@sveltejs/adapter-auto')) return { ...common, buildEnv: 'GCP_BUILDPACKS=1', start: 'node build' };
  return undefined;
}

async function astro({ tree, names, packages }: FrameworkApp): Promise<Framework> {
  const config = await configText(tree, names, 'astro.config');
  const folder = folderBelow(literal(config, 'outDir')) ?? 'dist';
  const common = { name: 'astro', build: 'astro build' };
  const adapted = packages.has('@astrojs/node') && (config === '' || config.includes('@astrojs/node'));
  if (adapted && !/\boutput\s*:\s*['"`]static/.test(config))
    return { ...common, start: `node ./${folder}/server/entry.mjs`, env: { HOST: '0.0.0.0' } };
  return { ...common, site: { folder, fallback: false } };
}

/**
 * `nest-cli.json` names the app's folder, and `outDir` of `tsconfig.json` the compiler's output folder. Source:
 * docs.nestjs.com, "CLI".
 */
async function nest({ tree, names, packages }: FrameworkApp): Promise<Framework | undefined> {
  if (!packages.has('@nestjs/cli') && !names.includes('nest-cli.json')) return undefined;
  const cli = await configText(tree, names, 'nest-cli');
  const compiler = await configText(tree, names, 'tsconfig');
  const folder = folderBelow(literal(compiler, 'outDir')) ?? 'dist';
  const entry = literal(cli, 'entryFile') ?? 'main';
  const root = /"monorepo"\s*:\s*true/.test(cli) ? literal(cli, 'root') : undefined;
  return { name: 'nest', build: 'nest build', start: `node ${folderBelow(folder, root, entry) ?? 'dist/main'}` };
}

/** Source: angular.dev, "Workspace configuration" (`outputPath`, the application builder, `ssr`). */
async function angular({ tree, packages }: FrameworkApp): Promise<Framework | undefined> {
  const text = await tree.read('angular.json');
  if (text === undefined) return undefined;
  const workspace = jsonOf(text);
  const projects = Object.entries(recordOf(recordOf(workspace)['projects']));
  const wanted = recordOf(workspace)['defaultProject'];
  const [name = '', project] =
    projects.find(([each]) => each === wanted) ??
    projects.find(([, each]) => recordOf(each)['projectType'] !== 'library') ??
    [];
  const build = recordOf(recordOf(recordOf(project)['architect'])['build']);
  const options = recordOf(build['options']);
  const path = options['outputPath'];
  const [base, browser] =
    typeof path === 'string' ? [path, undefined] : [recordOf(path)['base'], recordOf(path)['browser']];
  const applied = typeof build['builder'] === 'string' && build['builder'].endsWith(':application');
  const output = folderBelow(typeof base === 'string' ? base : `dist/${name}`) ?? `dist/${name}`;
  const common = { name: 'angular', build: 'ng build' };
  const served = recordOf(options['ssr'])['entry'] !== undefined || options['ssr'] === true;
  if (applied && served && packages.has('@angular/ssr') && options['outputMode'] !== 'static')
    return { ...common, start: `node ${output}/server/server.mjs` };
  const folder = applied ? (folderBelow(output, typeof browser === 'string' ? browser : 'browser') ?? output) : output;
  return { ...common, site: singlePage(folder) };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : {};
}
