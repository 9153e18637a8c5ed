import { createHash } from 'node:crypto';
import { type IdKind, idPrefixes } from '@gantry/contract/ids.ts';

/** Crockford's base 32, the alphabet of ULIDs. */
const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const LENGTH = 26;
/** Of a ULID, the digits of its time. */
const TIME_LENGTH = 10;

/** An id that is always the same for the same text. With `after`, another id, it also has the time of that one. */
export function derivedId(kind: IdKind, text: string, after?: string): string {
  const bytes = createHash('sha256').update(text).digest().subarray(0, LENGTH);
  // A ULID's first digit is at most 7.
  const digits = [...bytes].map((byte, place) => DIGITS[byte % (place === 0 ? 8 : 32)]).join('');
  const time = after?.split('_')[1]?.slice(0, TIME_LENGTH) ?? '';
  return `${idPrefixes[kind]}_${time}${digits.slice(time.length)}`;
}
