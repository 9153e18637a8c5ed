import type { Reading, Readings } from './reading.ts';

/**
 * Readings as bytes: a minute of a release is some 40 bytes, and 2 or 3 for each bucket of its histogram. Everything but the ids of the releases is a
 * number of variable length (LEB128). Readers of a later version keep reading this one.
 */
const VERSION = 1;

export function pack(readings: Readings): Uint8Array {
  const bytes: number[] = [VERSION];
  const number = (value: number) => {
    let rest = Math.max(0, Math.round(value));
    while (rest >= 128) {
      bytes.push((rest % 128) + 128);
      rest = Math.floor(rest / 128);
    }
    bytes.push(rest);
  };
  number(readings.size);
  for (const [release, reading] of [...readings].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const id = Buffer.from(release);
    number(id.length);
    bytes.push(...id);
    for (const part of PARTS) number(reading[part]);
    const buckets = [...reading.times].sort(([a], [b]) => a - b);
    number(buckets.length);
    let before = 0;
    for (const [bucket, count] of buckets) {
      number(bucket - before);
      number(count);
      before = bucket;
    }
  }
  return Uint8Array.from(bytes);
}

/** In the order of the bytes. */
const PARTS = [
  'requests',
  'errors',
  'looks',
  'cpu',
  'memory',
  'replicas',
  'mostMemory',
  'restarts',
] as const satisfies readonly (keyof Reading)[];

/** Throws for bytes of an unknown version. */
export function unpack(bytes: Uint8Array): Readings {
  let at = 0;
  const number = () => {
    let [value, factor] = [0, 1];
    for (;;) {
      const byte = bytes[at] ?? 0;
      at += 1;
      value += (byte % 128) * factor;
      if (byte < 128) return value;
      factor *= 128;
    }
  };
  if (number() !== VERSION) throw new Error(`metrics of version ${bytes[0]} are not known`);
  const readings = new Map<string, Reading>();
  const releases = number();
  for (let index = 0; index < releases; index += 1) {
    const length = number();
    const id = Buffer.from(bytes.subarray(at, at + length)).toString();
    at += length;
    const parts = Object.fromEntries(PARTS.map((part) => [part, number()])) as Omit<Reading, 'times'>;
    const times = new Map<number, number>();
    let bucket = 0;
    for (let left = number(); left > 0; left -= 1) {
      bucket += number();
      times.set(bucket, number());
    }
    readings.set(id, { ...parts, times });
  }
  return readings;
}
