import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Pieces of work at the same time: the limits were written on two cores. */
const LANES = 2;
const ROUNDS = 6;
/** The duration of the work on the machine of the limits, idle otherwise, in milliseconds. */
export const REFERENCE_MS = 750;

const run = promisify(execFile);

/** How many times slower this machine is now than the machine of the limits: at least 1, with one decimal. */
export async function measureSlowness(): Promise<number> {
  return Math.max(1, Math.round(((await measureWork()) / REFERENCE_MS) * 10) / 10);
}

/** The duration of the work on this machine now, in milliseconds. */
export async function measureWork(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'gantry-speed-'));
  try {
    const began = performance.now();
    await Promise.all(
      Array.from({ length: LANES }, async () => {
        for (let round = 0; round < ROUNDS; round += 1) {
          await run(process.execPath, [join(import.meta.dirname, 'speed-work.mjs'), folder]);
        }
      }),
    );
    return performance.now() - began;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Measures once before the first test, unless the variable is set: the workers and their processes inherit it. */
export default async function measureOnce(): Promise<void> {
  process.env['GANTRY_TEST_SLOWNESS'] ??= String(await measureSlowness());
  const { slowness, patience } = await import('./patience.ts');
  const longer = (patience(10_000) / 10_000).toFixed(1);
  const told = `This machine is ${slowness} times slower than the reference for time limits: limits are ${longer} times longer.\n`;
  process.stderr.write(told);
}
