/** The size of the object that a delta makes, in bytes. */
export function deltaSize(delta: Buffer): number {
  return sizeAt(delta, sizeAt(delta, 0).next).value;
}

/**
 * An object made from its base and a delta. Throws a RangeError when they do not fit. https://git-scm.com/docs/pack-format#_deltified_representation
 */
export function applyDelta(base: Buffer, delta: Buffer): Buffer {
  const before = sizeAt(delta, 0);
  const after = sizeAt(delta, before.next);
  if (before.value !== base.length) throw new RangeError('the difference is one to another object');
  const result = Buffer.alloc(after.value);
  let at = after.next;
  let written = 0;
  while (at < delta.length) {
    const instruction = delta[at++] ?? 0;
    let source = delta;
    let from = at;
    let length = instruction;
    if (instruction & 0x80) {
      let [offset, copied] = [0, 0];
      for (let bit = 0; bit < 4; bit += 1) if (instruction & (1 << bit)) offset += (delta[at++] ?? 0) * 2 ** (8 * bit);
      for (let bit = 0; bit < 3; bit += 1) if (instruction & (0x10 << bit)) copied |= (delta[at++] ?? 0) << (8 * bit);
      source = base;
      from = offset;
      length = copied === 0 ? 0x10000 : copied;
    } else at += length;
    if (length === 0 || from + length > source.length || written + length > result.length) {
      throw new RangeError('the difference reaches beyond its objects');
    }
    source.copy(result, written, from, from + length);
    written += length;
  }
  if (written !== result.length) throw new RangeError('the difference ends too early');
  return result;
}

function sizeAt(bytes: Buffer, start: number): { readonly value: number; readonly next: number } {
  let [value, at, shift] = [0, start, 0];
  for (;;) {
    const byte = bytes[at++];
    if (byte === undefined || shift > 42) throw new RangeError('a size is broken');
    value += (byte & 0x7f) * 2 ** shift;
    shift += 7;
    if ((byte & 0x80) === 0) return { value, next: at };
  }
}
