import { createHash, type Hash, randomUUID } from 'node:crypto';
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** A running upload. It lives as long as the process: a client starts an unknown upload again. */
export interface Upload {
  readonly id: string;
  readonly repository: string;
  readonly file: string;
  readonly hash: Hash;
  size: number;
  busy: boolean;
}

/** Content by digest, in files: a blob appears under its name only when it is complete. */
export interface Blobs {
  begin(repository: string): Upload;
  upload(id: string): Upload | undefined;
  /** Appends to an upload. Throws a `RangeError` above a layer's limit of 10 GB. */
  append(upload: Upload, content: Readable): Promise<void>;
  /** Ends an upload: false, and nothing kept, if its content has another digest. */
  finish(upload: Upload, digest: string): Promise<boolean>;
  cancel(upload: Upload): void;
  path(digest: string): string;
  /** The size in bytes; undefined for a missing blob. */
  size(digest: string): number | undefined;
  /** Deletes blobs that are not among `used`. */
  sweep(used: ReadonlySet<string>): void;
}

const LAYER_LIMIT = 10 * 1024 ** 3;
const UPLOADS_LIMIT = 1_000;

export function openBlobs(folder: string): Blobs {
  const kept = join(folder, 'blobs', 'sha256');
  const incoming = join(folder, 'uploads');
  const uploads = new Map<string, Upload>();
  rmSync(incoming, { recursive: true, force: true });
  mkdirSync(incoming, { recursive: true });
  mkdirSync(kept, { recursive: true });

  const path = (digest: string) => join(kept, digest.slice('sha256:'.length));
  const cancel = (upload: Upload) => {
    uploads.delete(upload.id);
    rmSync(upload.file, { force: true });
  };

  return {
    path,
    cancel,
    begin(repository) {
      const oldest = uploads.values().next().value;
      if (uploads.size >= UPLOADS_LIMIT && oldest !== undefined) cancel(oldest);
      const id = randomUUID();
      const upload = { id, repository, file: join(incoming, id), hash: createHash('sha256'), size: 0, busy: false };
      writeFileSync(upload.file, '');
      uploads.set(id, upload);
      return upload;
    },
    upload: (id) => uploads.get(id),
    async append(upload, content) {
      upload.busy = true;
      const count = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          if (upload.size + chunk.length > LAYER_LIMIT) return done(new RangeError('a layer has at most 10 GB'));
          upload.size += chunk.length;
          upload.hash.update(chunk);
          done(null, chunk);
        },
      });
      try {
        await pipeline(content, count, createWriteStream(upload.file, { flags: 'a' }));
      } catch (error) {
        cancel(upload);
        throw error;
      } finally {
        upload.busy = false;
      }
    },
    async finish(upload, digest) {
      if (`sha256:${upload.hash.digest('hex')}` !== digest) {
        cancel(upload);
        return false;
      }
      const file = await open(upload.file, 'r');
      await file.sync();
      await file.close();
      renameSync(upload.file, path(digest));
      uploads.delete(upload.id);
      return true;
    },
    size: (digest) => (existsSync(path(digest)) ? statSync(path(digest)).size : undefined),
    sweep(used) {
      for (const hex of readdirSync(kept)) if (!used.has(`sha256:${hex}`)) rmSync(join(kept, hex), { force: true });
    },
  };
}
