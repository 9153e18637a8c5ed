import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { verbs } from './verbs.ts';

/** CommonJS packages inside an ES module bundle still call `require` for Node's built-ins. */
const BANNER = `import { createRequire as gantryRequire } from 'node:module'; const require = gantryRequire(import.meta.url);`;

/** Writes each verb's declaration in place of the empty table of a clone. */
const withDeclarations: Plugin = {
  name: 'declarations',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]cli[\\/]declarations\.ts$/ }, async () => {
      const declared = await Promise.all(
        Object.entries(verbs).map(async ([name, { load }]) => [name, (await load()).command] as const),
      );
      return { contents: `export const declarations = ${JSON.stringify(Object.fromEntries(declared))};` };
    });
  },
};

/** commander can start other programs as subcommands. We have none, and the code for that takes longer to load than commander itself. */
const withoutPrograms: Plugin = {
  name: 'without-programs',
  setup({ onResolve, onLoad }) {
    const namespace = 'without-programs';
    onResolve({ filter: /^node:child_process$/ }, ({ importer, path }) =>
      /[\\/]commander[\\/]/.test(importer) ? { path, namespace } : undefined,
    );
    onLoad({ filter: /./, namespace }, () => ({ contents: 'export default {};' }));
  },
};

/** Bundles the published command: an entry, and a chunk per verb, loaded when the verb is called. */
export async function bundleCommand(outdir: string): Promise<void> {
  rmSync(outdir, { recursive: true, force: true });
  await build({
    entryPoints: [join(import.meta.dirname, 'main.ts')],
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    minify: true,
    legalComments: 'none',
    banner: { js: BANNER },
    plugins: [withDeclarations, withoutPrograms],
    logLevel: 'warning',
  });
}

const [, program = '', outdir = join(import.meta.dirname, 'dist')] = process.argv;
if (resolve(program) === import.meta.filename) await bundleCommand(outdir);
