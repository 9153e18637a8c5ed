import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bundle, ROOT } from '@gantry/infra/constructs/bundle.ts';
import { z } from 'zod';
import { type Figure, median, type Topic } from '../figures.ts';

const run = promisify(execFile);
const BENCH = join(import.meta.dirname, '..');
/** Workers of each function. The first worker of a program is slower, and the median leaves it out. */
const WORKERS = 5;
/** The target for loading a function, as a multiple of an empty handler. */
const INIT_AIM = 2;
/** The most that a function of the API loads, in KB. */
const API_KB = 250;

const Answer = z.object({ initMs: z.array(z.number()), bytes: z.number() });
type Loaded = { readonly initMs: number; readonly megabytes: number };

/** Each function of the local cloud against a function with an empty handler. */
export const functions: Topic = {
  name: 'functions',
  async measure() {
    const bundles = bundle();
    try {
      const empty = await load(join(BENCH, 'empty'), 'index.handler');
      const figures: Figure[] = [
        { name: 'init, empty handler', value: empty.initMs, unit: 'ms' },
        { name: 'memory, empty handler', value: empty.megabytes, unit: 'MB' },
      ];
      const entries = globSync('*/*.ts', { cwd: join(ROOT, 'functions') }).map((file) => file.slice(0, -'.ts'.length));
      for (const entry of entries.sort()) {
        const { directory, handler, bytes } = bundles.function(entry);
        figures.push(...compared(entry, bytes, await load(directory, handler), empty));
      }
      return figures;
    } finally {
      bundles.remove();
    }
  },
};

function compared(entry: string, bytes: number, loaded: Loaded, empty: Loaded): Figure[] {
  const against = (value: number, base: number) => ({ times: value / base, to: 'empty handler' });
  return [
    {
      name: `init, ${entry}`,
      value: loaded.initMs,
      unit: 'ms',
      ratio: { ...against(loaded.initMs, empty.initMs), aim: INIT_AIM },
    },
    {
      name: `memory, ${entry}`,
      value: loaded.megabytes,
      unit: 'MB',
      ratio: against(loaded.megabytes, empty.megabytes),
    },
    { name: `size, ${entry}`, value: bytes / 1024, unit: 'KB', ...(entry.startsWith('api/') && { aim: API_KB }) },
  ];
}

/** The load time of a function, and its addition to the resident memory of its process. */
async function load(folder: string, handler: string): Promise<Loaded> {
  const program = [join(BENCH, 'initialise.ts'), folder, handler, String(WORKERS)];
  const { stdout } = await run(process.execPath, program, { timeout: 60_000 });
  const { initMs, bytes } = Answer.parse(JSON.parse(stdout));
  return { initMs: median(initMs), megabytes: bytes / 1024 / 1024 };
}
