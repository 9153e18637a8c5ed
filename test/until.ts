import { setTimeout as sleep } from 'node:timers/promises';
import { patience } from './patience.ts';

const FIRST_PAUSE_MS = 5;
/** One poll costs a platform ten milliseconds of processor time. */
const LONGEST_PAUSE_MS = 200;

/** Polls until `probe` returns a value, and returns it. Throws after `ms`, extended for a slow machine. `what` is the awaited state. */
export async function until<T>(
  what: string,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  ms = 20_000,
): Promise<T> {
  const limitMs = patience(ms);
  const deadline = performance.now() + limitMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(1.5 * pauseMs, LONGEST_PAUSE_MS)) {
    const found = await probe();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`Timed out after ${limitMs / 1000} s: ${what}`);
    await sleep(pauseMs);
  }
}
