import { type ErrorKind, GantryError } from '@gantry/contract/errors.ts';

/** Explains a failed connection to the user who chose the address. The message shows only `host` of the address. */
export function explain(error: unknown, host: string): GantryError {
  if (error instanceof GantryError) return error;
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  const [kind, detail] = reason(code, host);
  return new GantryError(kind, detail, [], { cause: error });
}

function reason(code: string, host: string): [ErrorKind, string] {
  if (code === 'ENOTFOUND') return ['NotFound', `There is no host ${host}. Check the address.`];
  if (/CERT|SIGNATURE|ERR_TLS|ERR_SSL|EPROTO/.test(code)) {
    return [
      'Invalid',
      `No secure connection to ${host} is possible (${code}). Check the address, or the host's certificate.`,
    ];
  }
  if (/^(?:HPE_|ERR_HTTP)/.test(code)) return ['Invalid', `${host} does not answer with HTTP. Check the address.`];
  return ['Unavailable', `${host} does not answer${code === '' ? '' : ` (${code})`}. Try again, or check the address.`];
}

export function refused(host: string): GantryError {
  return new GantryError(
    'Invalid',
    `${host} is at a private or reserved address, which Gantry does not call. Use a public one.`,
  );
}
