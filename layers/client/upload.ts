import { GantryError } from '@gantry/contract/errors.ts';
import type { Upload } from '@gantry/contract/schemas/source.ts';
import type { Client } from './client.ts';
import { withRetries } from './retry.ts';

/** Which service an archive is for. */
export interface UploadTarget {
  readonly teamId: string;
  readonly projectId: string;
  readonly serviceId: string;
}

/**
 * Uploads an archive from memory, again after a passing failure, and answers the id of its upload. An address accepts an archive once, so each try
 * requests another address. Throws Unavailable when the archive does not arrive, and Conflict when it is refused.
 */
export async function uploadArchive(
  client: Client,
  { teamId, projectId, serviceId }: UploadTarget,
  archive: Blob,
): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', await archive.arrayBuffer());
  const sha256 = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return withRetries(
    {},
    ({ kind }) => kind === 'Unavailable',
    async () => {
      const params = { teamId, projectId, serviceId };
      const upload = await client('uploads.create', { params, body: { bytes: archive.size, sha256 } });
      await put(upload, archive);
      return upload.id;
    },
  );
}

async function put({ url, method, headers }: Upload, archive: Blob): Promise<void> {
  let status: number;
  try {
    ({ status } = await fetch(url, { method, headers, body: archive }));
  } catch (cause) {
    const detail = `${new URL(url).host} did not take the upload. Check the connection and try again.`;
    throw new GantryError('Unavailable', detail, [], { cause });
  }
  if (status >= 200 && status < 300) return;
  const kind = status >= 500 || status === 429 ? 'Unavailable' : 'Conflict';
  throw new GantryError(kind, `The upload was refused with ${status}: its address may have expired. Try again.`);
}
