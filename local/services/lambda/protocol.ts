/** The start parameters of a worker thread. */
export interface WorkerStart {
  /** The folder of the function's code. */
  readonly codeDir: string;
  /** `<file without extension>.<export>`, as in the template. */
  readonly handler: string;
  readonly functionArn: string;
  readonly logFormat: LogFormat;
  /** A counter: the output bytes that the parent has not read yet. The worker pauses while the count is too high. */
  readonly backlog: SharedArrayBuffer;
  readonly maxBacklog: number;
  readonly maxPayload: number;
  /** The folder of V8's compiled code in this process, if it has one: workers share compiled code. */
  readonly compileCache: string | undefined;
  /** Whether stacks name places in the sources. */
  readonly sourceMaps: boolean;
}

export type LogFormat = 'Text' | 'JSON';

/** An invocation on its way to the worker. */
export interface WorkerTask {
  readonly requestId: string;
  /** The event as JSON. */
  readonly event: string;
  /** When the time limit ends, in milliseconds since 1970. */
  readonly deadline: number;
}

/** An error as the Node runtime of Lambda reports it. */
export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

/** The messages of a worker. Lines and the result share one channel, so that no line of an invocation follows its result. */
export type WorkerMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'line'; readonly text: string; readonly at: number }
  | { readonly kind: 'result'; readonly payload: string; readonly usedBytes: number }
  | { readonly kind: 'error'; readonly error: FunctionError; readonly usedBytes: number }
  /** An error that ends the worker: its exit follows. */
  | { readonly kind: 'crash'; readonly error: FunctionError };

/** A worker waits for its parent beyond this much output in transit, in bytes. */
export const MAX_BACKLOG = 1_048_576;

/** The largest answer of a synchronous invocation, in bytes (Lambda quotas: 6 MB, and 100 KB of head room for the envelope). */
export const MAX_PAYLOAD = 6_291_556;
