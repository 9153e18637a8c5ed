import type { Access } from './access.ts';
import type { Principal } from './iam.ts';

/** The context of a call, for every handler. */
export interface Call {
  readonly principal: Principal;
  readonly requestId: string;
  /** The region of the call. */
  readonly region: string;
}

/**
 * One operation of an emulated service. Inputs and outputs have their wire form: a blob is a base64 string, a timestamp
 * is in seconds since 1970.
 */
export interface Operation<Input, Output> {
  /** Top-level parameters with an effect. */
  readonly uses: readonly string[];
  /** Parameters accepted without an effect, each with the reason why that is harmless. Any other is refused by name. */
  readonly inert?: Readonly<Record<string, string>>;
  /** Every permission that IAM must grant; all are checked before `handle` runs. */
  access(input: Input, call: Call): readonly Access[];
  handle(input: Input, call: Call): Promise<Output> | Output;
}

/** An operation whose types are erased, as a registry holds it: the wire has checked the input against the model. */
export type AnyOperation = Operation<never, unknown>;

/** The module of a service's SDK client: its schemas (`PutItem$`) check each input. */
export type Model = Readonly<Record<string, unknown>>;

/** One emulated service as the wire sees it. The wire answers an operation outside of `operations` like AWS answers unknown operations. */
export interface Service {
  /** The service in the credential scope of a signature, e.g. `states` for Step Functions. */
  readonly signingName: string;
  readonly protocol: 'json' | 'query' | 'ec2-query' | 'rest-json';
  /** Serves the edge's region too; other services serve only the local cloud's own region. */
  readonly isAtEdge?: true;
  /** Loads the model, at the first request only: the clients of all services take 150 MB. */
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
