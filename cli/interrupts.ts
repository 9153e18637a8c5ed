import { constants } from 'node:os';
import type { Output } from './output.ts';

type Signal = 'SIGINT' | 'SIGTERM';

/** What Ctrl-C does. A command that is interrupted always says what has become of its work. */
export interface Interrupts {
  /** What an interruption says from now on. */
  tell(message: string): void;
  /**
   * Runs what must not be cut in two: an interruption waits for it, and then says what `tell` makes of its result, where it is given.
   * For work that has a time limit of its own.
   */
  hold<T>(work: () => Promise<T>, tell?: (result: T) => string): Promise<T>;
  /** From now on an interruption is for somebody else, who ends by it, or does not. */
  handOver(take: (signal: Signal) => void): void;
}

const SIGNALS: readonly Signal[] = ['SIGINT', 'SIGTERM'];

/** `signals` is the process, unless a test has others. */
export function createInterrupts(out: Output, signals: Pick<NodeJS.EventEmitter, 'on'> = process): Interrupts {
  let message = 'Interrupted.';
  let held = 0;
  let waiting: Signal | undefined;
  let leave = (signal: Signal): void => {
    // On the line where the terminal has put ^C.
    out.status('');
    out.status(undefined);
    out.note(message);
    // As the shell tells it: 128 and the signal's number.
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
