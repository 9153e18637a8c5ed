import type { Store } from '../../kernel/store.ts';
import { StateError } from './errors.ts';
import type { Json, JsonObject } from './json.ts';

/** The most events in one execution's history. */
const HISTORY_LIMIT = 25_000;

/** The answer to a task's token. */
export type Outcome = { readonly output: Json } | { readonly error: string; readonly cause: string };

/** A Task that waits for its token. */
export interface Callback {
  readonly token: string;
  /** Milliseconds since 1970. */
  readonly since: number;
  /** True once the call has returned: a restart does not repeat it. */
  readonly submitted: boolean;
  readonly outcome?: Outcome;
}

/** The position of one line of control: the machine itself (path ''), or a branch or iteration below it (`/0`, `/0/2`). */
export interface Frame {
  readonly state: string;
  /** The state's input. */
  readonly input: Json;
  readonly variables: JsonObject;
  readonly enteredAt: string;
  /** Id of the last event of this line of control. */
  readonly event: number;
  /** Retries done, by retrier. */
  readonly attempts: readonly number[];
  /** Milliseconds since 1970 at which a Wait or the interval of a retry ends. */
  readonly until?: number;
  /** Set while the state is a Task that waits for its token. */
  readonly callback?: Callback;
  /** Set once a branch or iteration has ended. */
  readonly output?: Json;
}

export interface HistoryEvent {
  readonly id: number;
  readonly previousEventId: number;
  /** Seconds since 1970. */
  readonly timestamp: number;
  readonly type: string;
  readonly [details: string]: unknown;
}

/** The durable progress of an execution: a frame for each line of control, and the history. */
export interface Journal {
  frame(path: string): Frame | undefined;
  save(path: string, frame: Frame): void;
  /** Forgets the lines below `path`: the branches or iterations of a state that ends or is tried again. */
  prune(path: string): void;
  /** Appends an event and returns its id. Throws `States.Runtime` when the history is full. */
  record(type: string, previousEventId: number, details?: Readonly<Record<string, unknown>>): number;
  history(): readonly HistoryEvent[];
  /** Runs `work` in one transaction. */
  atomically<T>(work: () => T): T;
  /** Deletes the frames once the execution has ended; the history stays. */
  close(): void;
  /** Drops everything. */
  remove(): void;
}

/** Opens the journal of an execution: a new one, or that of an earlier process. */
export function openJournal(store: Store, arn: string): Journal {
  const frames = store.collection<Frame>('states.frames');
  const events = store.collection<HistoryEvent>('states.history');
  const key = (path: string) => `${arn}#${path}`;
  const drop = (collection: typeof frames | typeof events, prefix: string) => {
    for (const [entry] of collection.entries(prefix)) collection.delete(entry);
  };
  let last = events.entries(`${arn}#`).length;

  return {
    frame: (path) => frames.get(key(path)),
    save: (path, frame) => frames.put(key(path), frame),
    prune: (path) => drop(frames, `${key(path)}/`),
    record(type, previousEventId, details) {
      const ending = type.startsWith('Execution') && type !== 'ExecutionStarted';
      if (last >= HISTORY_LIMIT - 1 && !ending) {
        throw new StateError(
          'States.Runtime',
          `The execution reached the maximum number of history events (${HISTORY_LIMIT}).`,
        );
      }
      last += 1;
      const named = details && { [`${detailsName(type)}EventDetails`]: details };
      events.put(`${arn}#${String(last).padStart(5, '0')}`, {
        id: last,
        previousEventId,
        timestamp: Date.now() / 1000,
        type,
        ...named,
      });
      return last;
    },
    history: () => events.entries(`${arn}#`).map(([, event]) => event),
    atomically: (work) => store.atomically(work),
    close: () => drop(frames, `${arn}#`),
    remove() {
      drop(frames, `${arn}#`);
      drop(events, `${arn}#`);
    },
  };
}

/** `TaskStateEntered` carries `stateEnteredEventDetails`, `TaskFailed` carries `taskFailedEventDetails`. */
function detailsName(type: string): string {
  if (type.endsWith('StateEntered')) return 'stateEntered';
  if (type.endsWith('StateExited')) return 'stateExited';
  return type.charAt(0).toLowerCase() + type.slice(1);
}
