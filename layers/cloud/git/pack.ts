import { createHash } from 'node:crypto';
import { GantryError } from '@gantry/contract/errors.ts';
import { applyDelta, deltaSize } from './delta.ts';
import { HEADER_BYTES, type ObjectType, openPackFile, type PackedEntry, type PackFile } from './packfile.ts';

/** An object of a pack. */
export interface GitObject {
  readonly type: ObjectType;
  /** In bytes, unpacked. */
  readonly size: number;
  readonly entry: PackedEntry;
}

export interface PackLimits {
  readonly objects: number;
  /** The largest object that is read whole, in bytes. */
  readonly objectBytes: number;
  /** The time limit for finding all objects and their names. */
  readonly timeoutMs: number;
}

/** Objects above this many bytes are inflated in a stream. */
const STREAM_ABOVE = 1024 * 1024;
const CACHE_BYTES = 32 * 1024 * 1024;
/** The longest chain of deltas that git itself makes. */
const MAX_CHAIN = 4095;

/**
 * Reads an untrusted pack from a file: every object gets the name that its content has. Memory does not grow with the pack, except for an index of
 * some 500 bytes per object. Throws TooLarge above a limit, and Unavailable for a broken pack.
 */
export async function openPack(path: string, limits: PackLimits): Promise<Pack> {
  const file = openPackFile(path);
  const pack = new Pack(file, limits);
  try {
    await explained(() => pack.index());
    return pack;
  } catch (error) {
    file.close();
    throw error;
  }
}

export class Pack {
  readonly #file: PackFile;
  readonly #limits: PackLimits;
  readonly #entries = new Map<number, PackedEntry>();
  readonly #objects = new Map<string, GitObject>();
  readonly #cache = new Map<PackedEntry, Buffer>();
  #cachedBytes = 0;

  constructor(file: PackFile, limits: PackLimits) {
    this.#file = file;
    this.#limits = limits;
  }

  /** An object by its name, 40 hex digits; undefined for an unknown name. */
  find(name: string): GitObject | undefined {
    return this.#objects.get(name);
  }

  /** A whole object, in memory. */
  read({ entry }: GitObject): Promise<Buffer> {
    return explained(async () => this.#content(entry));
  }

  /** An object in chunks; a delta comes as a whole. */
  async *stream(object: GitObject): AsyncGenerator<Buffer> {
    if (object.entry.base === undefined && object.size > STREAM_ABOVE) yield* this.#file.stream(object.entry);
    else yield await this.read(object);
  }

  close(): void {
    this.#file.close();
  }

  /** Finds the offset and the name of each object: first of whole objects, then of deltas. */
  async index(): Promise<void> {
    const { count } = this.#file;
    if (Number.isNaN(count)) throw new RangeError('no pack of version 2');
    if (count > this.#limits.objects) {
      throw new GantryError(
        'TooLarge',
        `The repository has ${count} files and folders; ${this.#limits.objects} are the most.`,
      );
    }
    const until = Date.now() + this.#limits.timeoutMs;
    let offset = HEADER_BYTES;
    for (let index = 0; index < count; index += 1) {
      this.#checkTime(until);
      const entry = this.#file.entryAt(offset);
      this.#entries.set(offset, entry);
      offset = entry.dataAt + (await this.#scan(entry));
    }
    this.#nameDifferences(until);
  }

  /** Inflates an entry, names it if it is whole, and answers the length of its data in the pack. */
  async #scan(entry: PackedEntry): Promise<number> {
    const { type, size } = entry;
    const hash = createHash('sha1').update(`${type} ${size}\0`);
    let packed = 0;
    if (size <= STREAM_ABOVE) {
      const inflated = this.#file.inflate(entry);
      hash.update(inflated.data);
      packed = inflated.packed;
    } else {
      for await (const chunk of this.#file.stream(entry, (bytes) => (packed = bytes))) hash.update(chunk);
    }
    if (type !== undefined) this.#objects.set(hash.digest('hex'), { type, size, entry });
    return packed;
  }

  /** A delta to an object by name can be read once that object has its name. So this runs in rounds, until all are read or a round reads none. */
  #nameDifferences(until: number): void {
    let left = [...this.#entries.values()].filter(({ base }) => base !== undefined);
    while (left.length > 0) {
      const waiting = left.filter((entry) => {
        this.#checkTime(until);
        const type = this.#chain(entry).at(-1)?.type;
        if (type === undefined) return true;
        const content = this.#content(entry);
        const name = createHash('sha1').update(`${type} ${content.length}\0`).update(content).digest('hex');
        this.#objects.set(name, { type, size: content.length, entry });
        return false;
      });
      if (waiting.length === left.length) throw new RangeError('a difference to an object that is not there');
      left = waiting;
    }
  }

  /** An entry, its base, and so on, as far as they are known. */
  #chain(entry: PackedEntry): PackedEntry[] {
    const chain = [entry];
    for (let next = this.#baseOf(entry); next !== undefined; next = this.#baseOf(next)) {
      chain.push(next);
      if (chain.length > MAX_CHAIN) throw new RangeError('a chain of differences that is too long');
    }
    return chain;
  }

  #baseOf({ base }: PackedEntry): PackedEntry | undefined {
    return typeof base === 'number' ? this.#entries.get(base) : this.#objects.get(base ?? '')?.entry;
  }

  #content(entry: PackedEntry): Buffer {
    const chain = this.#chain(entry);
    const known = chain.findIndex((each) => this.#cache.has(each));
    let content = this.#cache.get(chain[known] ?? entry);
    for (const each of chain.slice(0, known < 0 ? chain.length : known).reverse()) {
      const { data } = this.#file.inflate(this.#checked(each, each.size));
      content = content === undefined ? data : applyDelta(content, this.#checked(data, deltaSize(data)));
      this.#keep(each, content);
    }
    if (content === undefined) throw new RangeError('an object that is not there');
    return content;
  }

  #keep(entry: PackedEntry, content: Buffer): void {
    if (content.length > CACHE_BYTES / 8 || this.#cache.has(entry)) return;
    this.#cache.set(entry, content);
    this.#cachedBytes += content.length;
    for (const [oldest, { length }] of this.#cache) {
      if (this.#cachedBytes <= CACHE_BYTES) return;
      this.#cache.delete(oldest);
      this.#cachedBytes -= length;
    }
  }

  #checked<T>(value: T, bytes: number): T {
    const { objectBytes } = this.#limits;
    if (bytes <= objectBytes) return value;
    throw new GantryError('TooLarge', `The repository has a file of ${bytes} bytes; ${objectBytes} are the most.`);
  }

  #checkTime(until: number): void {
    if (Date.now() <= until) return;
    const seconds = this.#limits.timeoutMs / 1000;
    throw new GantryError('TooLarge', `The repository takes longer than ${seconds} seconds to unpack.`);
  }
}

async function explained<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    if (cause instanceof GantryError) throw cause;
    throw new GantryError('Unavailable', 'The repository arrived damaged. Try again.', [], { cause });
  }
}
