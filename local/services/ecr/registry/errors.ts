import { AwsError } from '../../../kernel/service.ts';

/** An error of the distribution specification. */
export class RegistryError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const ERRORS: Readonly<Record<string, readonly [number, string]>> = {
  AccessDeniedException: [403, 'DENIED'],
  RepositoryNotFoundException: [404, 'NAME_UNKNOWN'],
  LayersNotFoundException: [404, 'MANIFEST_BLOB_UNKNOWN'],
  ImageTagAlreadyExistsException: [400, 'TAG_INVALID'],
  ImageDigestDoesNotMatchException: [400, 'DIGEST_INVALID'],
  InvalidParameterException: [400, 'MANIFEST_INVALID'],
};

/** The error in the specification's format. An unexpected one hides its cause. */
export function toRegistryError(error: unknown): RegistryError {
  if (error instanceof RegistryError) return error;
  if (error instanceof RangeError) return new RegistryError(413, 'SIZE_INVALID', error.message);
  const [status, code] = (error instanceof AwsError ? ERRORS[error.code] : undefined) ?? [500, 'UNKNOWN'];
  return new RegistryError(status, code, error instanceof AwsError ? error.message : 'the registry failed');
}
