import { createHash, createHmac } from 'node:crypto';
import type { Bench } from '../support.ts';

/** The answer to a POST. */
export interface Signed {
  readonly type: string;
  readonly headers: Headers;
  readonly text: string;
}

/**
 * A POST to the AWS endpoint, signed by hand: for requests that no SDK client of ours sends. `headers` has the host. Source:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export async function signed(
  { endpoint, region, credentials }: ReturnType<Bench['client']>,
  service: string,
  headers: Readonly<Record<string, string>>,
  body: string,
): Promise<Signed> {
  const date = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const all: Record<string, string> = {
    ...headers,
    'x-amz-content-sha256': sha256(body),
    'x-amz-date': date,
    'x-amz-security-token': credentials.sessionToken,
  };
  const names = Object.keys(all).toSorted();
  const lines = names.map((name) => `${name}:${all[name]}`);
  const canonical = ['POST', '/', '', ...lines, '', names.join(';'), sha256(body)].join('\n');
  const scope = [date.slice(0, 8), region, service, 'aws4_request'];
  const toSign = ['AWS4-HMAC-SHA256', date, scope.join('/'), sha256(canonical)].join('\n');
  const key = scope.reduce<string | Buffer>((secret, part) => hmac(secret, part), `AWS4${credentials.secretAccessKey}`);
  const credential = `${credentials.accessKeyId}/${scope.join('/')}`;
  const signature = hmac(key, toSign).toString('hex');
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  const response = await fetch(endpoint, { method: 'POST', headers: { ...all, authorization }, body });
  return { type: response.headers.get('content-type') ?? '', headers: response.headers, text: await response.text() };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
