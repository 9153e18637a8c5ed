import { performance } from 'node:perf_hooks';
import { AwsError } from '../../kernel/service.ts';

/** The most invocations that wait for a worker, and for how long in milliseconds: API Gateway gives up after thirty seconds. */
const MAX_WAITING = 1000;
const MAX_WAIT_MS = 25_000;
/**
 * How long an invocation waits, per existing worker, before another is loaded, in milliseconds. Loading costs a hundred milliseconds of processor
 * time and 30 MB, while most invocations take ten: workers that share the processors do not end a burst sooner.
 */
const PATIENCE_MS = 50;

/** The invocations of one function that wait for a worker, in order. */
export interface Waiting<T> {
  /** Resolves with the next free worker, or with undefined when the invocation must load one. Throws after 25 s, and when 1,000 wait. */
  join(): Promise<T | undefined>;
  /** Gives a worker to the first waiting invocation; false if none waits. */
  serve(worker: T): boolean;
  /** Reports a changed number of workers: the first waiting invocation may now have to load one. */
  look(): void;
  /** Releases all with undefined. */
  end(): void;
}

export interface WaitingOptions {
  readonly name: string;
  /** The number of workers, loading ones included. */
  workers(): number;
  /** Whether another may be loaded now. */
  mayLoad(): boolean;
}

export function createWaiting<T>({ name, workers, mayLoad }: WaitingOptions): Waiting<T> {
  const queue: { readonly since: number; readonly go: (worker: T | undefined) => void }[] = [];
  let next: NodeJS.Timeout | undefined;

  const look = (): void => {
    clearTimeout(next);
    const [first] = queue;
    if (first === undefined || !mayLoad()) return;
    const leftMs = first.since + PATIENCE_MS * workers() - performance.now();
    if (leftMs > 0) next = setTimeout(look, leftMs);
    else queue.shift()?.go(undefined);
  };

  return {
    look,
    join() {
      const refusal = new AwsError('TooManyRequestsException', `Rate Exceeded: ${name} has no free worker.`, 429);
      if (queue.length >= MAX_WAITING) throw refusal;
      return new Promise((resolve, reject) => {
        const entry = {
          since: performance.now(),
          go(worker: T | undefined) {
            clearTimeout(limit);
            resolve(worker);
          },
        };
        const limit = setTimeout(() => {
          queue.splice(queue.indexOf(entry), 1);
          reject(refusal);
        }, MAX_WAIT_MS);
        queue.push(entry);
        look();
      });
    },
    serve(worker) {
      const first = queue.shift();
      first?.go(worker);
      return first !== undefined;
    },
    end() {
      clearTimeout(next);
      for (const { go } of queue.splice(0)) go(undefined);
    },
  };
}
