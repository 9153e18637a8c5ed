import type { Fields } from './model.ts';

/** Whether `value` is a JSON object. */
export function isMap(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** JSON with sorted keys: equal values have equal text. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isMap(value)) return JSON.stringify(value) ?? 'null';
  const present = Object.keys(value)
    .filter((key) => value[key] !== undefined)
    .sort();
  return `{${present.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(',')}}`;
}

export function sameValue(a: unknown, b: unknown): boolean {
  return a === b || canonical(a) === canonical(b);
}

/** The value at `path`, or undefined. */
export function valueAt(object: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => (isMap(value) ? value[key] : undefined), object);
}

const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/** FNV-1a of the text in Kubernetes' safe alphabet: a name suffix of up to ten letters that spells no words. */
export function hashName(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return [...String(hash)].map((digit) => ALPHABET[Number(digit)]).join('');
}

/** A random name suffix in the alphabet of Kubernetes. */
export function randomName(length = 5): string {
  const letter = () => ALPHABET[Math.floor(Math.random() * ALPHABET.length)];
  return Array.from({ length }, letter).join('');
}
