import { globSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync, type Metafile } from 'esbuild';

/** The repository's root: bundles are made below it, so that paths in source maps are the same on every machine. */
export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** CommonJS packages inside an ES module bundle still call `require` for Node's built-ins. */
const BANNER = `import { createRequire as gantryRequire } from 'node:module'; const require = gantryRequire(import.meta.url);`;

/** One bundled entry point: a folder with the program and its source map. */
export interface Bundle {
  readonly directory: string;
  /** Size of the minified program, in bytes, without its source map. */
  readonly bytes: number;
}

export interface Bundles {
  /** The bundle of `functions/<entry>.ts`. Throws where there is no such file. */
  function(entry: string): Bundle;
  /** The builder that CodeBuild runs: `layers/builder/main.ts` as `main.mjs`. */
  readonly builder: Bundle;
  /** Removes the bundles' folder. Call it once the assembly has its copies. */
  remove(): void;
}

/** Bundles every function under `functions/` in one pass of esbuild, and the builder in a second one for CodeBuild's Node. */
export function bundle(root: string = ROOT): Bundles {
  mkdirSync(join(root, '.cache'), { recursive: true });
  const outdir = mkdtempSync(join(root, '.cache/bundle-'));
  const remove = () => rmSync(outdir, { recursive: true, force: true });
  try {
    const entries = globSync('*/*.ts', { cwd: join(root, 'functions') })
      .sort()
      .map((file) => ({ in: `functions/${file}`, out: `${file.slice(0, -3)}/index` }));
    const functions = run(root, outdir, 'node24', entries);
    const builders = run(root, outdir, 'node22', [{ in: 'layers/builder/main.ts', out: 'builder/main' }]);
    return { ...named(functions, builders), remove };
  } catch (error) {
    remove();
    throw error;
  }
}

type Made = ReadonlyMap<string, Bundle>;

function named(functions: Made, builders: Made): Omit<Bundles, 'remove'> {
  const builder = builders.get('layers/builder/main.ts');
  if (!builder) throw new Error('esbuild answered no bundle of layers/builder/main.ts.');
  return {
    builder,
    function(entry) {
      const found = functions.get(`functions/${entry}.ts`);
      if (found) return found;
      throw new Error(
        `There is no functions/${entry}.ts: write it, or take the function '${entry}' out of infra/stacks/.`,
      );
    },
  };
}

function run(root: string, outdir: string, target: string, entryPoints: { in: string; out: string }[]): Made {
  const { metafile } = buildSync({
    absWorkingDir: root,
    entryPoints,
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: false,
    format: 'esm',
    platform: 'node',
    mainFields: ['module', 'main'],
    conditions: ['module'],
    target,
    minify: true,
    sourcemap: true,
    sourcesContent: false,
    alias: { undici: join(root, 'layers/cloud/kubernetes/transport.ts') },
    banner: { js: BANNER },
    metafile: true,
    logLevel: 'warning',
  });
  return byEntry(root, metafile);
}

function byEntry(root: string, metafile: Metafile): Made {
  const bundles = new Map<string, Bundle>();
  for (const [path, output] of Object.entries(metafile.outputs)) {
    if (output.entryPoint)
      bundles.set(output.entryPoint, { directory: join(root, dirname(path)), bytes: output.bytes });
  }
  return bundles;
}
