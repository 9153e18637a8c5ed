import { environment } from '@gantry/cloud/environment.ts';
import { objectSize, presignPut } from '@gantry/cloud/s3.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { newId } from '@gantry/contract/ids.ts';
import type { NewUpload, Upload } from '@gantry/contract/schemas/source.ts';
import { sizeText } from '@gantry/contract/sizes.ts';
import { sourceLimits } from '@gantry/contract/source-limits.ts';
import { authorise } from '../access/authorise.ts';
import type { Caller } from '../access/caller.ts';
import { item } from '../kernel/entity.ts';
import { willAnswer } from '../kernel/idempotency/execution.ts';
import { type Lookup, lookupOf } from '../kernel/lookup.ts';
import { ttlAfter } from '../kernel/table.ts';
import { transact } from '../kernel/transact.ts';
import { requireActive } from '../records/project-guards.ts';
import { type ProjectPath, projectAt, serviceAt } from '../records/project-lookups.ts';
import { UploadEntity, type UploadRecord } from '../records/source.ts';
import { archiveKey } from './archives.ts';

const URL_SECONDS = 900;
const KEPT_SECONDS = 24 * 3600;
const CONTENT_TYPE = 'application/gzip';

/** An address for uploading the described archive once, and no other. The archive is kept for a day if nothing deploys it. */
export async function createUpload(
  caller: Caller,
  path: ProjectPath & { serviceId: string },
  { bytes, sha256 }: NewUpload,
): Promise<Upload> {
  const { teamId, serviceId } = path;
  const { found } = await authorise(caller, 'upload.create', path, projectAt(path), serviceAt(path));
  requireActive(...found);
  const id = newId('upload');
  const key = archiveKey({ teamId, serviceId, id });
  const content = { contentType: CONTENT_TYPE, bytes, sha256 };
  const { url, headers } = await presignPut(environment('UPLOADS_BUCKET'), key, content, URL_SECONDS);
  const reply = willAnswer<Upload>({
    id,
    url,
    method: 'PUT',
    headers: { ...headers },
    maxBytes: sourceLimits.packedBytes,
    expiresAt: new Date(Date.now() + URL_SECONDS * 1000).toISOString(),
  });
  const upload = { teamId, serviceId, id, key, sha256, createdBy: caller.userId, ttl: ttlAfter(KEPT_SECONDS) };
  await transact([{ item: item.put(UploadEntity.create(upload)) }]);
  return reply;
}

export const uploadAt = (teamId: string, serviceId: string, id: string): Lookup<UploadRecord> =>
  lookupOf(`upload ${id} of this service`, UploadEntity.get({ teamId, serviceId, id }), (item) =>
    UploadEntity.parse(item),
  );

/** An upload whose archive has arrived. Throws when the upload or the archive is missing, or the archive is too large. */
export async function requireArchive(upload: UploadRecord | undefined, uploadId: string): Promise<UploadRecord> {
  if (upload === undefined) throw new GantryError('NotFound', `There is no upload ${uploadId} of this service here.`);
  const bytes = await objectSize(environment('UPLOADS_BUCKET'), upload.key);
  if (bytes === undefined) {
    const message = 'has no archive yet: PUT it to the address that the upload came with, then deploy';
    throw new GantryError('Conflict', 'The archive of this upload has not arrived.', [
      { field: 'body.uploadId', message },
    ]);
  }
  if (bytes > sourceLimits.packedBytes) {
    throw new GantryError(
      'TooLarge',
      `The archive is ${sizeText(bytes)}; it can be at most ${sizeText(sourceLimits.packedBytes)}. Leave out files that the build does not need.`,
    );
  }
  return upload;
}
