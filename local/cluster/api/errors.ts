import type { Fields } from '../model.ts';

/** A cause of a refusal, as in `details.causes` of a Status. */
export interface Cause {
  readonly reason: string;
  readonly message: string;
  readonly field: string;
}

/** The name of a kind in errors. */
interface Named {
  readonly group: string;
  readonly kind: string;
  readonly plural: string;
}

/** A refusal that a client sees as a `Status` object of Kubernetes (k8s.io/apimachinery, api/errors). */
export class ApiError extends Error {
  readonly code: number;
  readonly reason: string;
  readonly details: Fields | undefined;

  constructor(code: number, reason: string, message: string, details?: Fields) {
    super(message);
    this.name = 'ApiError';
    this.code = code;
    this.reason = reason;
    this.details = details;
  }

  status(): Fields {
    const { code, reason, message, details } = this;
    const about = details === undefined ? {} : { details };
    const why = reason === '' ? {} : { reason };
    return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, ...why, ...about, code };
  }
}

function qualified(kind: Named): string {
  return kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`;
}

function about(kind: Named, name: string): Fields {
  return { ...(name === '' ? {} : { name }), ...(kind.group === '' ? {} : { group: kind.group }), kind: kind.plural };
}

export function notFound(kind: Named, name: string): ApiError {
  return new ApiError(404, 'NotFound', `${qualified(kind)} "${name}" not found`, about(kind, name));
}

export function alreadyExists(kind: Named, name: string): ApiError {
  return new ApiError(409, 'AlreadyExists', `${qualified(kind)} "${name}" already exists`, about(kind, name));
}

export function conflict(kind: Named, name: string, why: string): ApiError {
  const message = `Operation cannot be fulfilled on ${qualified(kind)} "${name}": ${why}`;
  return new ApiError(409, 'Conflict', message, about(kind, name));
}

export const MODIFIED = 'the object has been modified; please apply your changes to the latest version and try again';

export function badRequest(message: string): ApiError {
  return new ApiError(400, 'BadRequest', message);
}

export function forbidden(kind: Named, name: string, why: string, causes?: readonly Cause[]): ApiError {
  return new ApiError(403, 'Forbidden', `${qualified(kind)} "${name}" is forbidden: ${why}`, {
    ...about(kind, name),
    ...(causes === undefined ? {} : { causes }),
  });
}

export function expired(version: number, oldest: number): ApiError {
  return new ApiError(410, 'Expired', `too old resource version: ${version} (${oldest})`);
}

export function tooLarge(version: number, current: number): ApiError {
  const causes = [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }];
  const message = `Timeout: Too large resource version: ${version}, current: ${current}`;
  return new ApiError(504, 'Timeout', message, { causes, retryAfterSeconds: 1 });
}

export function methodNotAllowed(): ApiError {
  return new ApiError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {});
}

/** No kind, subresource or document exists at a path. */
export function noSuchResource(): ApiError {
  return new ApiError(404, 'NotFound', 'the server could not find the requested resource', {});
}

/** A wrong option of a request: `ListOptions`, `CreateOptions`, `PatchOptions`, … */
export function invalidOption(options: string, cause: Cause): ApiError {
  const message = `${options}.meta.k8s.io "" is invalid: ${cause.field}: ${cause.message}`;
  return new ApiError(422, 'Invalid', message, { group: 'meta.k8s.io', kind: options, causes: [cause] });
}

export function forbiddenValue(field: string, why: string): Cause {
  return { reason: 'FieldValueForbidden', message: `Forbidden: ${why}`, field };
}

export function notSupported(field: string, value: unknown, supported: readonly string[]): Cause {
  const listed = supported.map((each) => JSON.stringify(each)).join(', ');
  const message = `Unsupported value: ${JSON.stringify(value)}: supported values: ${listed}`;
  return { reason: 'FieldValueNotSupported', message, field };
}

export function invalid(kind: Named, name: string, causes: readonly Cause[]): ApiError {
  const type = kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`;
  const texts = causes.map((cause) => `${cause.field}: ${cause.message}`);
  const all = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
  const details = { ...about(kind, name), kind: kind.kind, causes };
  return new ApiError(422, 'Invalid', `${type} "${name}" is invalid: ${all}`, details);
}

export function required(field: string, why = ''): Cause {
  return { reason: 'FieldValueRequired', message: why === '' ? 'Required value' : `Required value: ${why}`, field };
}

export function invalidValue(field: string, value: unknown, why: string): Cause {
  return { reason: 'FieldValueInvalid', message: `Invalid value: ${JSON.stringify(value)}: ${why}`, field };
}
