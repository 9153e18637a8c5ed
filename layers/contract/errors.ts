/**
 * The closed set of errors. Core throws these and knows nothing of HTTP. `serve` answers problem+json (RFC 9457), `step` passes the kind to the state
 * machine as the error's name, and `react` retries the retryable kinds.
 */
export const errorKinds = {
  Invalid: { status: 400, retryable: false, exitCode: 2, title: 'The request is not valid' },
  Unauthenticated: { status: 401, retryable: false, exitCode: 3, title: 'Sign in first' },
  Forbidden: { status: 403, retryable: false, exitCode: 4, title: 'Your role does not allow this' },
  NotFound: { status: 404, retryable: false, exitCode: 5, title: 'Not found' },
  MethodNotAllowed: { status: 405, retryable: false, exitCode: 2, title: 'No such method here' },
  Conflict: { status: 409, retryable: false, exitCode: 6, title: 'It conflicts with what is there' },
  PreconditionFailed: { status: 412, retryable: false, exitCode: 6, title: 'It has changed in the meantime' },
  TooLarge: { status: 413, retryable: false, exitCode: 2, title: 'The request is too large' },
  QuotaExceeded: { status: 422, retryable: false, exitCode: 7, title: 'A limit is reached' },
  RateLimited: { status: 429, retryable: true, exitCode: 8, title: 'Too many requests' },
  Internal: { status: 500, retryable: true, exitCode: 70, title: 'Something went wrong on our side' },
  Unavailable: { status: 503, retryable: true, exitCode: 69, title: 'Not available right now' },
  BuildFailed: { status: 422, retryable: false, exitCode: 10, title: 'The build failed' },
  ReleaseFailed: { status: 422, retryable: false, exitCode: 11, title: 'The release did not become healthy' },
  Superseded: { status: 409, retryable: false, exitCode: 12, title: 'A newer deployment took over' },
} as const satisfies Record<string, { status: number; retryable: boolean; exitCode: number; title: string }>;

export type ErrorKind = keyof typeof errorKinds;

export interface FieldError {
  /** The place in the request: `body.name`, `query.limit`, `params.projectId`, `header.if-match`. */
  readonly field: string;
  readonly message: string;
}

/** The one error class of Gantry: a kind, one sentence that says what happened and what to do, and the wrong fields. */
export class GantryError extends Error {
  readonly kind: ErrorKind;
  readonly fields: readonly FieldError[];
  /** The last lines of output that explain the error: of a build, or of an unhealthy app. */
  readonly lines: readonly string[];
  /** When a repeat may succeed, in seconds, if known. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    kind: ErrorKind,
    detail: string,
    fields: readonly FieldError[] = [],
    {
      lines = [],
      retryAfterSeconds,
      ...options
    }: ErrorOptions & { readonly lines?: readonly string[]; readonly retryAfterSeconds?: number | undefined } = {},
  ) {
    super(detail, options);
    this.name = kind;
    this.kind = kind;
    this.fields = fields;
    this.lines = lines;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

export function isErrorKind(name: string): name is ErrorKind {
  return Object.hasOwn(errorKinds, name);
}

/** Whether the same call may succeed later. */
export function isRetryable(error: unknown): boolean {
  return error instanceof GantryError && errorKinds[error.kind].retryable;
}
