import { GantryError } from '@gantry/contract/errors.ts';

const FIRST_MS = 200;
/** After this many milliseconds a failure is final. */
const TOTAL_MS = 35_000;
/** When a server asks for a longer wait than this, in milliseconds, the call fails with its error. */
const LONGEST_MS = 10_000;

/** How the client handles failures that may pass. */
export interface RetryOptions {
  /** The most repeats of a call; 3 by default, 0 for none. */
  readonly retries?: number;
  /** Waits this many milliseconds; for tests. */
  readonly wait?: (ms: number) => Promise<void>;
}

/**
 * Repeats `call` while it fails with an error that passes `mayRepeat`. It waits as long as the server asks, otherwise a doubling, randomised time.
 * Throws the last error.
 */
export async function withRetries<T>(
  { retries = 3, wait = sleep }: RetryOptions,
  mayRepeat: (error: GantryError) => boolean,
  call: () => Promise<T>,
): Promise<T> {
  const startedAt = performance.now();
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof GantryError) || attempt >= retries || !mayRepeat(error)) throw error;
      const { retryAfterSeconds } = error;
      const ms =
        retryAfterSeconds === undefined
          ? FIRST_MS * 2 ** attempt * (0.75 + Math.random() / 2)
          : retryAfterSeconds * 1000;
      if (ms > LONGEST_MS || performance.now() - startedAt + ms > TOTAL_MS) throw error;
      await wait(ms);
    }
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
