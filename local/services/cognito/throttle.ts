/** The failures after which a name must wait, and the longest wait, in milliseconds. */
const FREE = 5;
const LONGEST = 15 * 60_000;
const NAMES = 10_000;

/** Slows guessing: after five failures in a row a name waits a second, then twice as long each time, up to 15 minutes. */
export interface Throttle {
  /** Milliseconds until this name may try again. */
  wait(name: string): number;
  failed(name: string): void;
  succeeded(name: string): void;
}

export function createThrottle(now: () => number = Date.now): Throttle {
  const failures = new Map<string, { readonly count: number; readonly until: number }>();
  return {
    wait: (name) => Math.max(0, (failures.get(name)?.until ?? 0) - now()),
    failed(name) {
      const count = (failures.get(name)?.count ?? 0) + 1;
      const delay = count < FREE ? 0 : Math.min(1_000 * 2 ** (count - FREE), LONGEST);
      failures.delete(name);
      failures.set(name, { count, until: now() + delay });
      const oldest = failures.keys().next().value;
      if (failures.size > NAMES && oldest !== undefined) failures.delete(oldest);
    },
    succeeded: (name) => void failures.delete(name),
  };
}
