import type { Access } from './access.ts';
import type { Principal } from './iam.ts';

/** What every handler knows of the call that it answers. */
export interface Call {
  readonly principal: Principal;
  readonly requestId: string;
  /** The region that was asked. */
  readonly region: string;
}

/**
 * One operation of an emulated service. Inputs and outputs have their wire form: a blob is a base64 string, a timestamp
 * is in seconds since 1970.
 */
export interface Operation<Input, Output> {
  /** Top-level parameters that the handler acts on. */
  readonly uses: readonly string[];
  /** Parameters accepted without effect, each with the reason why that is harmless. Any other is refused by name. */
  readonly inert?: Readonly<Record<string, string>>;
  /** Everything that IAM must allow; all of it is checked before `handle` runs. */
  access(input: Input, call: Call): readonly Access[];
  handle(input: Input, call: Call): Promise<Output> | Output;
}

/** An operation whose types are erased, as a registry holds it: the wire has checked the input against the model. */
export type AnyOperation = Operation<never, unknown>;

/** The module of a service's SDK client: its schemas (`PutItem$`) check each input. */
export type Model = Readonly<Record<string, unknown>>;

/** One emulated service as the wire sees it. AWS answers an operation that is not in `operations` as unknown, and so does the wire. */
export interface Service {
  /** The service in the credential scope of a signature, e.g. `states` for Step Functions. */
  readonly signingName: string;
  readonly protocol: 'json' | 'query' | 'ec2-query' | 'rest-json';
  /** Plays the edge's region too; any other service is in the local cloud's own region alone. */
  readonly isAtEdge?: true;
  /** Loads the model. Only a request does: the clients of all services take 150 MB. */
  readonly model: () => Promise<Model>;
  readonly operations: Readonly<Record<string, AnyOperation>>;
}

/** An error of AWS's: `code` is the exception's name on the wire, e.g. `ResourceNotFoundException`. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, status = 400, details: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.name = code;
    this.code = code;
    this.status = status;
    this.details = details;
  }
}
