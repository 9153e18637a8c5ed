/** The condition that a step waits for. The step repeats until its answer has this status and these values at these dotted paths (null: nothing). */
export interface Until {
  readonly status?: number;
  readonly values?: Readonly<Record<string, unknown>>;
}

/**
 * One request of a case. In `path` and `body`, `{{ns}}` is the namespace of the run and `{{step:metadata.uid}}` a value from the answer to an earlier
 * step.
 */
export interface Step {
  /** Unique in its topic. */
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** For a watch: how many events to read before closing it. */
  readonly take?: number;
  readonly until?: Until;
  /** For a list with objects outside of the case: the items to keep, by the value of `key`. */
  readonly only?: { readonly list: string; readonly key: string; readonly values: readonly string[] };
}

export interface Topic {
  readonly topic: string;
  readonly steps: readonly Step[];
}

export interface Answer {
  readonly status: number;
  /** The header `Warning`, if the answer has one. */
  readonly warnings?: readonly string[];
  /** JSON with placeholders, the events of a watch, or text. */
  readonly body: unknown;
}

/** A cluster's answers to the steps of a topic, with placeholders for values that differ from run to run. */
export interface Transcript {
  readonly topic: string;
  /** The version of the recorded server. */
  readonly server: string;
  readonly exchanges: readonly { readonly request: Step; readonly answer: Answer }[];
}
