import { closeSync, createReadStream, fstatSync, openSync, readSync } from 'node:fs';
import { createInflate, inflateSync } from 'node:zlib';

export type ObjectType = 'commit' | 'tree' | 'blob' | 'tag';

/** The place and the form of an object in a pack. */
export interface PackedEntry {
  /** The object's type; undefined for a delta. */
  readonly type: ObjectType | undefined;
  /** The base of a delta: its offset in the pack, or its name. */
  readonly base: number | string | undefined;
  /** The size of the object or of the delta, in bytes. */
  readonly size: number;
  readonly dataAt: number;
}

const TYPES: Readonly<Record<number, ObjectType>> = { 1: 'commit', 2: 'tree', 3: 'blob', 4: 'tag' };
const [OFFSET_DELTA, NAME_DELTA] = [6, 7];
const ENTRY_HEAD_BYTES = 64;
const NAME_BYTES = 20;

/** The offset of the first object. */
export const HEADER_BYTES = 12;

/** A pack in a file, by offsets. Throws a RangeError or an error of zlib for a broken pack. https://git-scm.com/docs/pack-format */
export interface PackFile {
  /** The number of objects in its header. */
  readonly count: number;
  entryAt(offset: number): PackedEntry;
  /** The data of an entry, and its length in the file. */
  inflate(entry: PackedEntry): { readonly data: Buffer; readonly packed: number };
  /** The same in chunks; calls `ended` with its length in the file. */
  stream(entry: PackedEntry, ended?: (packed: number) => void): AsyncGenerator<Buffer>;
  close(): void;
}

export function openPackFile(path: string): PackFile {
  const descriptor = openSync(path, 'r');
  const fileSize = fstatSync(descriptor).size;
  const bytes = (offset: number, length: number): Buffer => {
    const buffer = Buffer.allocUnsafe(Math.max(0, Math.min(length, fileSize - offset)));
    return buffer.subarray(0, readSync(descriptor, buffer, 0, buffer.length, offset));
  };
  const header = bytes(0, HEADER_BYTES);
  const isPack = header.toString('latin1', 0, 4) === 'PACK' && header.length === HEADER_BYTES;
  return {
    count: isPack && header.readUInt32BE(4) === 2 ? header.readUInt32BE(8) : Number.NaN,
    entryAt: (offset) => parseEntry(bytes(offset, ENTRY_HEAD_BYTES), offset),
    inflate({ dataAt, size }) {
      // Deflate makes data that cannot be compressed only slightly larger.
      const input = bytes(dataAt, size + Math.ceil(size / 100) + 128);
      // With `info` zlib also returns its engine, which counts the bytes that it read; Node's types lack it.
      const { buffer, engine } = inflateSync(input, { maxOutputLength: Math.max(size, 1), info: true }) as unknown as {
        buffer: Buffer;
        engine: { bytesWritten: number };
      };
      if (buffer.length !== size) throw new RangeError('an object of another size than it says');
      return { data: buffer, packed: engine.bytesWritten };
    },
    async *stream({ dataAt, size }, ended = () => undefined) {
      const input = createReadStream(path, { start: dataAt });
      const inflate = createInflate();
      input.once('error', (error) => inflate.destroy(error));
      let seen = 0;
      try {
        for await (const chunk of input.pipe(inflate) as AsyncIterable<Buffer>) {
          seen += chunk.length;
          if (seen > size) break;
          yield chunk;
        }
      } finally {
        input.destroy();
      }
      if (seen !== size) throw new RangeError('an object of another size than it says');
      ended(inflate.bytesWritten);
    },
    close: () => closeSync(descriptor),
  };
}

function parseEntry(bytes: Buffer, offset: number): PackedEntry {
  let at = 0;
  const next = () => {
    const byte = bytes[at++];
    if (byte === undefined) throw new RangeError('the pack ends too early');
    return byte;
  };
  let byte = next();
  const kind = (byte >> 4) & 7;
  let size = byte & 15;
  for (let shift = 4; byte & 0x80; shift += 7) {
    byte = next();
    size += (byte & 0x7f) * 2 ** shift;
  }
  if (kind === OFFSET_DELTA) {
    byte = next();
    let distance = byte & 0x7f;
    while (byte & 0x80) {
      byte = next();
      distance = (distance + 1) * 128 + (byte & 0x7f);
    }
    if (distance === 0) throw new RangeError('a difference of an object to itself');
    return { type: undefined, base: offset - distance, size, dataAt: offset + at };
  }
  if (kind === NAME_DELTA) {
    const base = bytes.toString('hex', at, at + NAME_BYTES);
    return { type: undefined, base, size, dataAt: offset + at + NAME_BYTES };
  }
  const type = TYPES[kind];
  if (type === undefined) throw new RangeError('an object of no known type');
  return { type, base: undefined, size, dataAt: offset + at };
}
