import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';

/** CommonJS packages inside an ES module bundle still call `require` for Node's built-ins. */
const BANNER = `import { createRequire as gantryRequire } from 'node:module'; const require = gantryRequire(import.meta.url);`;

/** Bundles the command as it is published: an entry, and a chunk for each verb that is loaded when it is called. */
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
    logLevel: 'warning',
  });
}

const [, program = '', outdir = join(import.meta.dirname, 'dist')] = process.argv;
if (resolve(program) === import.meta.filename) await bundleCommand(outdir);
