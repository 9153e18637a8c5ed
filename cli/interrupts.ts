import { constants } from 'node:os';
import type { Output } from './output.ts';

type Signal = 'SIGINT' | 'SIGTERM';

/** What Ctrl-C does. An interrupted command always says what happened to its work. */
export interface Interrupts {
  /** The text of an interruption from now on. */
  tell(message: string): void;
  /**
   * Runs work that must not be cut in two: an interruption waits for it, and then prints `tell` of its result, if given. The work needs its own time
   * limit.
   */
  hold<T>(work: () => Promise<T>, tell?: (result: T) => string): Promise<T>;
  /** From now on another program handles interruptions. */
  handOver(take: (signal: Signal) => void): void;
}

const SIGNALS: readonly Signal[] = ['SIGINT', 'SIGTERM'];

/** `signals` is the process, except in tests. */
export function createInterrupts(out: Output, signals: Pick<NodeJS.EventEmitter, 'on'> = process): Interrupts {
  let message = 'Interrupted.';
  let held = 0;
  let waiting: Signal | undefined;
  let leave = (signal: Signal): void => {
    // On the line where the terminal shows ^C.
    out.status('');
    out.status(undefined);
    out.note(message);
    // As in a shell: 128 and the signal's number.
    process.exit(128 + constants.signals[signal]);
  };
  for (const signal of SIGNALS) {
    signals.on(signal, () => {
      if (held > 0) waiting = signal;
      else leave(signal);
    });
  }
  return {
    tell(next) {
      message = next;
    },
    handOver(take) {
      leave = take;
    },
    async hold(work, tell) {
      held += 1;
      try {
        const result = await work();
        message = tell?.(result) ?? message;
        return result;
      } finally {
        held -= 1;
        if (held === 0 && waiting !== undefined) leave(waiting);
      }
    },
  };
}
