/** Keys to reconcile: each at most once in the queue, one at a time. */
export interface Queue {
  add(key: string): void;
  /** Adds the key later; an earlier set time stays. */
  addAfter(key: string, ms: number): void;
  stop(): void;
}

const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 30_000;

/**
 * Calls `reconcile` for each added key, in its own turn of the loop, so that writes that come together are seen together. A failing key is tried
 * again after a growing delay.
 */
export function createQueue(reconcile: (key: string) => void, note: (line: string) => void): Queue {
  const pending = new Set<string>();
  const timers = new Map<string, { readonly at: number; readonly timer: NodeJS.Timeout }>();
  const failures = new Map<string, number>();
  let scheduled: NodeJS.Immediate | undefined;
  let stopped = false;

  const run = (key: string) => {
    try {
      reconcile(key);
      failures.delete(key);
    } catch (error) {
      const count = failures.get(key) ?? 0;
      failures.set(key, count + 1);
      note(`cluster: reconciling ${key}: ${error instanceof Error ? error.message : String(error)}`);
      addAfter(key, Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** count));
    }
  };
  const drain = () => {
    scheduled = undefined;
    const keys = [...pending];
    pending.clear();
    for (const key of keys) if (!stopped) run(key);
  };
  const add = (key: string) => {
    if (stopped) return;
    pending.add(key);
    scheduled ??= setImmediate(drain);
  };
  const addAfter = (key: string, ms: number) => {
    if (stopped) return;
    const at = Date.now() + ms;
    const present = timers.get(key);
    if (present !== undefined && present.at <= at) return;
    clearTimeout(present?.timer);
    const timer = setTimeout(() => {
      timers.delete(key);
      add(key);
    }, ms);
    timers.set(key, { at, timer });
  };
  return {
    add,
    addAfter,
    stop() {
      stopped = true;
      if (scheduled !== undefined) clearImmediate(scheduled);
      for (const { timer } of timers.values()) clearTimeout(timer);
      timers.clear();
      pending.clear();
    },
  };
}
