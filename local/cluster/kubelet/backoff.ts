const FIRST_MS = 10_000;
const LONGEST_MS = 300_000;
const FORGET_MS = 600_000;

/** The wait before a container restarts: none the first time, then 10 s, doubling up to five minutes. */
export interface Backoff {
  /** Milliseconds to wait after a run of `ranMs`; a run of ten minutes resets the count. */
  next(ranMs: number): number;
}

export function createBackoff(firstMs = FIRST_MS): Backoff {
  let wait = 0;
  return {
    next(ranMs) {
      if (ranMs >= FORGET_MS) wait = 0;
      const now = wait;
      wait = wait === 0 ? firstMs : Math.min(LONGEST_MS, wait * 2);
      return now;
    },
  };
}
