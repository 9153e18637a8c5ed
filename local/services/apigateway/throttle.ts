import type { Throttle } from './api.ts';

/** A token bucket: true while a request is within the limits, and always without limits. */
export function createThrottle(limits: Throttle | undefined, now: () => number = Date.now): () => boolean {
  if (limits === undefined) return () => true;
  let tokens = limits.burst;
  let filled = now();
  return () => {
    const at = now();
    tokens = Math.min(limits.burst, tokens + ((at - filled) * limits.rate) / 1000);
    filled = at;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}
