import { createHash, type Hash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32 } from 'node:zlib';
import { AwsError } from '../../kernel/service.ts';
import type { Collection, Store } from '../../kernel/store.ts';

/** The properties of an object besides its bytes. */
export interface ObjectInfo {
  /** The file of its bytes. Each put makes a new one, so that a reader never sees a mixture. */
  readonly file: string;
  readonly size: number;
  /** Hexadecimal MD5. */
  readonly etag: string;
  /** Base64, of the big-endian sum. */
  readonly crc32: string;
  /** The client's requested checksum instead of the CRC-32. */
  readonly checksum?: Checksum;
  readonly contentType: string;
  readonly cacheControl?: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  /** Milliseconds since 1970. */
  readonly modified: number;
}

/** Base64. */
interface Checksum {
  readonly name: 'sha1' | 'sha256';
  readonly value: string;
}

/** The client's checksums of its bytes; all must match. Base64. */
export interface Expected {
  readonly md5?: string | undefined;
  readonly crc32?: string | undefined;
  readonly sha1?: string | undefined;
  readonly sha256?: string | undefined;
  readonly length?: number | undefined;
}

export interface Described {
  /** The checksum to keep; default: the CRC-32. */
  readonly checksum?: Checksum['name'] | undefined;
  readonly contentType: string;
  readonly cacheControl?: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
}

/** AWS's limit of a single put. */
const MAX_BYTES = 5 * 1024 ** 3;

/**
 * The objects of all buckets. Bytes are streamed to a file of random name. The entry in the store, written afterwards, makes the object: it exists
 * whole or not at all, and its key never becomes a path.
 */
export class Objects {
  readonly #folder: string;
  readonly #entries: Collection<ObjectInfo>;

  constructor(dataDir: string, store: Store) {
    this.#folder = join(dataDir, 's3');
    this.#entries = store.collection<ObjectInfo>('s3');
  }

  /** Creates the bucket's folder and deletes files that a killed process left without an entry. */
  open(bucket: string): void {
    const folder = join(this.#folder, bucket);
    mkdirSync(folder, { recursive: true });
    const known = new Set(this.#entries.entries(`${bucket}/`).map(([, { file }]) => file));
    for (const file of readdirSync(folder)) if (!known.has(file)) rmSync(join(folder, file));
  }

  find(bucket: string, key: string): ObjectInfo | undefined {
    return this.#entries.get(`${bucket}/${key}`);
  }

  /** Throws S3's answer to a conditional write when the object exists. */
  requireNone(bucket: string, key: string): void {
    if (this.find(bucket, key) === undefined) return;
    const message = 'At least one of the pre-conditions you specified did not hold';
    throw new AwsError('PreconditionFailed', message, 412);
  }

  /**
   * Stores an object whole, or throws `BadDigest`, `IncompleteBody` or `EntityTooLarge` and keeps the old one. If it must be `onlyNew`, the first
   * complete one of two parallel writes stays.
   */
  async put(
    bucket: string,
    key: string,
    body: AsyncIterable<Buffer>,
    described: Described,
    expected: Expected,
    onlyNew = false,
  ): Promise<ObjectInfo> {
    const file = randomUUID();
    const path = join(this.#folder, bucket, file);
    try {
      const sums = new Sums();
      await pipeline(body, sums, createWriteStream(path, { flags: 'wx' }));
      const { size, md5, crc, sums: all } = sums.check(expected);
      const { checksum: name, ...rest } = described;
      const checksum = name === undefined ? {} : { checksum: { name, value: all[name] } };
      const info: ObjectInfo = { file, size, etag: md5, crc32: crc, ...checksum, ...rest, modified: Date.now() };
      if (onlyNew) this.requireNone(bucket, key);
      const replaced = this.find(bucket, key);
      this.#entries.put(`${bucket}/${key}`, info);
      if (replaced !== undefined) this.#discard(bucket, replaced);
      return info;
    } catch (error) {
      rmSync(path, { force: true });
      throw error;
    }
  }

  delete(bucket: string, key: string): void {
    const info = this.find(bucket, key);
    if (info === undefined) return;
    this.#entries.delete(`${bucket}/${key}`);
    this.#discard(bucket, info);
  }

  /** Bytes `start` to `end`, both inclusive. */
  stream(bucket: string, { file }: ObjectInfo, start: number, end: number): Readable {
    return createReadStream(join(this.#folder, bucket, file), { start, end });
  }

  read(bucket: string, { file }: ObjectInfo): Promise<Buffer> {
    return readFile(join(this.#folder, bucket, file));
  }

  /** Keys with `prefix` after `after`, in UTF-8 order, at most `limit`. */
  list(bucket: string, prefix: string, after: string, limit: number): readonly (readonly [string, ObjectInfo])[] {
    return this.#entries
      .entries(`${bucket}/${prefix}`)
      .map(([name, info]) => [name.slice(bucket.length + 1), info] as const)
      .filter(([key]) => Buffer.compare(Buffer.from(key), Buffer.from(after)) > 0)
      .slice(0, limit);
  }

  /** A reader with the open file reads on: only its name is deleted. */
  #discard(bucket: string, { file }: ObjectInfo): void {
    rmSync(join(this.#folder, bucket, file), { force: true });
  }
}

/** Passes bytes on and computes their checksums. */
class Sums extends Transform {
  #size = 0;
  #crc = 0;
  readonly #hashes: Readonly<Record<'md5' | 'sha1' | 'sha256', Hash>> = {
    md5: createHash('md5'),
    sha1: createHash('sha1'),
    sha256: createHash('sha256'),
  };

  override _transform(piece: Buffer, _encoding: string, done: (error: Error | null, piece?: Buffer) => void): void {
    this.#size += piece.length;
    if (this.#size > MAX_BYTES) {
      done(new AwsError('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size'));
      return;
    }
    this.#crc = crc32(piece, this.#crc);
    for (const hash of Object.values(this.#hashes)) hash.update(piece);
    done(null, piece);
  }

  check(expected: Expected) {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(this.#crc >>> 0);
    const crc = bytes.toString('base64');
    const md5 = this.#hashes.md5.digest();
    const sums = { sha1: this.#hashes.sha1.digest('base64'), sha256: this.#hashes.sha256.digest('base64') };
    const actual: Readonly<Record<string, string>> = { md5: md5.toString('base64'), crc32: crc, ...sums };
    if (expected.length !== undefined && expected.length !== this.#size) {
      throw new AwsError('IncompleteBody', `${expected.length} bytes were announced and ${this.#size} came.`);
    }
    for (const [name, sum] of Object.entries(expected)) {
      if (name !== 'length' && sum !== undefined && sum !== actual[name]) {
        throw new AwsError(
          'BadDigest',
          `The ${name.toUpperCase()} you specified did not match the calculated checksum.`,
        );
      }
    }
    return { size: this.#size, md5: md5.toString('hex'), crc, sums };
  }
}
