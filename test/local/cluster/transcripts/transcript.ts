/** What a step waits for: it is repeated until its answer has this status and, at these dotted paths, these values (null: nothing). */
export interface Until {
  readonly status?: number;
  readonly values?: Readonly<Record<string, unknown>>;
}

/**
 * One request of a case. In `path` and `body`, `{{ns}}` is the namespace of the run and `{{step:metadata.uid}}` a value from the answer
 * to an earlier step.
 */
export interface Step {
  /** Unique in its topic. */
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Of a watch: how many events are read before it is left. */
  readonly take?: number;
  readonly until?: Until;
  /** Of a list that holds more than the case is about: the items kept, by the value of `key`. */
  readonly only?: { readonly list: string; readonly key: string; readonly values: readonly string[] };
}

export interface Topic {
  readonly topic: string;
  readonly steps: readonly Step[];
}

export interface Answer {
  readonly status: number;
  /** Of the header `Warning`, where it was sent. */
  readonly warnings?: readonly string[];
  /** JSON with placeholders, the events of a watch, or text. */
  readonly body: unknown;
}

/** What a cluster answered to the steps of a topic, with placeholders for what differs from run to run. */
export interface Transcript {
  readonly topic: string;
  /** The version that the recorded server told of itself. */
  readonly server: string;
  readonly exchanges: readonly { readonly request: Step; readonly answer: Answer }[];
}
