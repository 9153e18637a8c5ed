import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { withRetries } from '@gantry/client/retry.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import type { NewUpload, Upload } from '@gantry/contract/schemas/source.ts';
import type { Archive } from './archive.ts';

/** After this many milliseconds without a byte in either direction an attempt fails. */
const SILENCE_MS = 60_000;

/**
 * Sends an archive to a presigned address, again after a passing failure, and returns its upload. An address accepts an archive once, so each try
 * requests another by `createUpload`. Throws Unavailable when the archive does not arrive.
 */
export async function putArchive(
  createUpload: (archive: NewUpload) => Promise<Upload>,
  archive: Pick<Archive, 'read' | 'bytes' | 'sha256'>,
  progress: (sent: number) => void,
): Promise<Upload> {
  return withRetries(
    {},
    ({ kind }) => kind === 'Unavailable',
    async () => {
      const upload = await createUpload({ bytes: archive.bytes, sha256: archive.sha256 });
      await put(upload, archive, progress);
      return upload;
    },
  );
}

async function put(
  { url, method, headers }: Upload,
  { read, bytes }: Pick<Archive, 'read' | 'bytes'>,
  progress: (sent: number) => void,
) {
  const request = url.startsWith('https:') ? requestHttps : requestHttp;
  const outgoing = request(url, { method, headers: { ...headers, 'content-length': bytes }, timeout: SILENCE_MS });
  const silent = `The upload to ${new URL(url).host} came to a halt.`;
  outgoing.on('timeout', () => outgoing.destroy(new Error(silent)));
  const answered = Promise.withResolvers<number>();
  outgoing.on('response', (response) => answered.resolve(response.resume().statusCode ?? 0));
  outgoing.on('error', answered.reject);
  let sent = 0;
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      sent += chunk.length;
      progress(sent);
      done(null, chunk);
    },
  });
  let status: number;
  try {
    const body = pipeline(read(), count, outgoing);
    // An answer may come before everything was sent: it gives the reason.
    body.catch(() => undefined);
    status = await answered.promise;
  } catch (cause) {
    throw new GantryError('Unavailable', `${new URL(url).host} did not take the upload. Run \`gantry up\` again.`, [], {
      cause,
    });
  } finally {
    outgoing.destroy();
  }
  if (status >= 200 && status < 300) return;
  const kind = status >= 500 || status === 429 ? 'Unavailable' : 'Conflict';
  throw new GantryError(
    kind,
    `The upload was refused with ${status}: its address may have expired. Run \`gantry up\` again.`,
  );
}
