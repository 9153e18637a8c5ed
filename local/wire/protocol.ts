import type { IncomingMessage, ServerResponse } from 'node:http';
import { AwsError, type Model, type Service } from '../kernel/service.ts';
import type { OperationShape, Traits } from './shape.ts';

/** A request to an API service, with its verified body. */
export interface ApiRequest {
  readonly message: IncomingMessage;
  readonly url: URL;
  readonly body: Buffer;
}

/** The answer: an encoded output or error. */
export interface ApiResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** A service whose model is loaded. */
export interface LoadedService extends Omit<Service, 'model'> {
  readonly model: Model;
}

/** A protocol of AWS: it reads a request's operation and input, and writes answers. */
export interface Protocol {
  /** Throws `UnknownOperationException` when the request names no operation of the service's model. */
  decode(service: LoadedService, request: ApiRequest): { readonly operation: OperationShape; readonly input: Input };
  encode(operation: OperationShape, output: unknown, request: ApiRequest, requestId: string): ApiResponse;
  error(error: AwsError, traits: Traits, request: ApiRequest, requestId: string): ApiResponse;
}

export type Input = Readonly<Record<string, unknown>>;

export function unknownOperation(name: string): AwsError {
  return new AwsError('UnknownOperationException', `The operation ${name} is not known to this endpoint.`, 400);
}

/** A JSON body as an object; an empty body is `{}`. Throws `SerializationException` for anything else. */
export function parseJson(body: Buffer): unknown {
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new AwsError('SerializationException', 'The body is not valid JSON.');
  }
}

/** The status of an error: the model's if it names one, else the error's own. */
export function statusOf(error: AwsError, traits: Traits): number {
  return typeof traits.httpError === 'number' ? traits.httpError : error.status;
}

/** The query protocol's code of an error, if it differs from the exception's name. */
export function queryCodeOf(traits: Traits): string | undefined {
  const trait = traits.awsQueryError;
  return Array.isArray(trait) && typeof trait[0] === 'string' ? trait[0] : undefined;
}

export function send(response: ServerResponse, { status, headers, body }: ApiResponse, requestId: string): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(status, {
    ...headers,
    'x-amzn-requestid': requestId,
    'x-amz-request-id': requestId,
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}
