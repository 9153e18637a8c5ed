import { cpSync, globSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, buildSync, type Metafile } from 'esbuild';
import { buildSite } from './site.ts';

/** The repository's root: bundles are made below it, so that source maps have the same paths on every machine. */
export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** CommonJS packages inside an ES module bundle still call `require` for Node's built-ins. */
const BANNER = `import { createRequire as gantryRequire } from 'node:module'; const require = gantryRequire(import.meta.url);`;

const KUBECONFIG = 'layers/cloud/kubernetes/kubeconfig.ts';

/** Packages that libraries depend on and no function needs, and our module in place of each, whose header gives the reason. */
const REPLACED: Readonly<Record<string, string>> = {
  undici: 'layers/cloud/kubernetes/transport.ts',
  hpagent: KUBECONFIG,
  'js-yaml': KUBECONFIG,
  'jsonpath-plus': KUBECONFIG,
  'openid-client': KUBECONFIG,
  socks: KUBECONFIG,
  'socks-proxy-agent': KUBECONFIG,
  jsonschema: 'layers/core/kernel/model-check.ts',
  http: 'layers/cloud/http.cjs',
  'node:http': 'layers/cloud/http.cjs',
};

/** The same for functions alone: the builder gets its credentials from CodeBuild's container. */
const REPLACED_IN_FUNCTIONS: Readonly<Record<string, string>> = {
  ...REPLACED,
  '@aws-sdk/credential-provider-node': 'layers/cloud/credentials.ts',
};

/** One entry point of a bundle. */
interface Program {
  /** The folder for Lambda. */
  readonly directory: string;
  /** Lambda's name for its handler, relative to the bundle's folder: `deploy/prepare/index.handler`. */
  readonly handler: string;
  /** The folder that holds only its entry. The entry names its chunks by their content, so its hash changes with any of them. */
  readonly entry: string;
  /** Size of the entry and of its chunks, minified, in bytes, without source maps. */
  readonly bytes: number;
}

export interface Bundles {
  /** The folder with every function: entries, and their shared chunks. */
  readonly directory: string;
  /** The program of `functions/<entry>.ts`. Throws for a missing file. */
  function(entry: string): Program;
  /** The folder with the builder that CodeBuild runs: `layers/builder/main.ts` as `main.mjs`. */
  readonly builder: string;
  /** Deletes the bundles' folder. Call it once the assembly has its copies. */
  remove(): void;
}

/** Has its own package with the dashboard's files: no other function changes with them. */
const PUBLISHER = 'edge/publish';

/** Bundles every function under `functions/` in one pass of esbuild, and the builder in a second one for CodeBuild's Node. */
export function bundle(root: string = ROOT): Bundles {
  mkdirSync(join(root, '.cache'), { recursive: true });
  const outdir = mkdtempSync(join(root, '.cache/bundle-'));
  const remove = () => rmSync(outdir, { recursive: true, force: true });
  try {
    const directory = join(outdir, 'functions');
    const builder = join(outdir, 'builder');
    const publisher = join(outdir, 'publisher');
    const entries = globSync('*/*.ts', { cwd: join(root, 'functions') }).sort();
    const shared = entries.filter((file) => file !== `${PUBLISHER}.ts`);
    const inputs = shared.map((file) => ({ in: `functions/${file}`, out: `${file.slice(0, -3)}/index` }));
    const { outputs } = run(root, inputs, {
      outdir: directory,
      target: 'node24',
      splitting: true,
      chunkNames: 'chunks/[hash]',
      alias: aliasOf(root, REPLACED_IN_FUNCTIONS),
    });
    const published = shared.length < entries.length ? bundlePublisher(root, publisher) : 0;
    run(root, [{ in: 'layers/builder/main.ts', out: 'main' }], { outdir: builder, target: 'node22' });
    return {
      directory,
      builder,
      remove,
      function(entry) {
        if (entry === PUBLISHER)
          return { directory: publisher, handler: `${PUBLISHER}/index.handler`, entry: publisher, bytes: published };
        const path = Object.keys(outputs).find((output) => outputs[output]?.entryPoint === `functions/${entry}.ts`);
        if (path === undefined) {
          throw new Error(
            `There is no functions/${entry}.ts: write it, or take the function '${entry}' out of infra/stacks/.`,
          );
        }
        return {
          directory,
          handler: `${entry}/index.handler`,
          entry: join(directory, entry),
          bytes: closureBytes(outputs, path),
        };
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}

/** The function that publishes the dashboard, and the dashboard. Answers the function's size in bytes. */
function bundlePublisher(root: string, outdir: string): number {
  const { outputs } = run(root, [{ in: `functions/${PUBLISHER}.ts`, out: `${PUBLISHER}/index` }], {
    outdir,
    target: 'node24',
    alias: aliasOf(root, REPLACED_IN_FUNCTIONS),
  });
  cpSync(buildSite(root), join(outdir, 'site'), { recursive: true });
  return Object.values(outputs).find(({ entryPoint }) => entryPoint !== undefined)?.bytes ?? 0;
}

/** The modules that loading `path` reads: itself and, once each, the chunks of its static imports. */
function closureBytes(outputs: Metafile['outputs'], path: string): number {
  const seen = new Set([path]);
  let bytes = 0;
  for (const each of seen) {
    bytes += outputs[each]?.bytes ?? 0;
    for (const { path: next, kind } of outputs[each]?.imports ?? []) {
      if (kind === 'import-statement' && outputs[next]) seen.add(next);
    }
  }
  return bytes;
}

function run(root: string, entryPoints: { in: string; out: string }[], options: BuildOptions): Metafile {
  return buildSync({
    absWorkingDir: root,
    entryPoints,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    mainFields: ['module', 'main'],
    conditions: ['module'],
    minify: true,
    sourcemap: true,
    sourcesContent: false,
    alias: aliasOf(root, REPLACED),
    banner: { js: BANNER },
    logLevel: 'warning',
    ...options,
    metafile: true,
  }).metafile;
}

function aliasOf(root: string, replaced: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(replaced).map(([name, file]) => [name, join(root, file)]));
}
