import { setTimeout as sleep } from 'node:timers/promises';

/** How long one invocation watches, and its first and longest pause between two looks, in milliseconds. */
const WATCH_MS = 8_000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 2_000;

/**
 * Repeats `look` for some seconds, until it returns a value. Returns undefined when it does not: then the machine waits and repeats the step. On one
 * machine RDS needs a second, so the step mostly ends within one invocation.
 */
export async function watch<T>(look: () => Promise<T | undefined>): Promise<T | undefined> {
  const end = Date.now() + WATCH_MS;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    const found = await look();
    if (found !== undefined || Date.now() > end) return found;
    await sleep(pauseMs);
  }
}
