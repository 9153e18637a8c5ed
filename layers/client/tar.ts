/** A tar has blocks of this many bytes. */
const BLOCK = 512;
const encoder = new TextEncoder();

/** The names and numbers of a header: POSIX.1-1988 (ustar), pax for what does not fit. https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html */
interface Header {
  readonly name: string;
  readonly size: number;
  readonly mode: number;
  /** Seconds since 1970. */
  readonly modified: number;
  readonly type?: '0' | 'x';
}

/** The headers before a file's content: one, and another before it when the path is too long or is not ASCII. */
export function tarHeader(file: Header): Uint8Array<ArrayBuffer> {
  const fits = encoder.encode(file.name).length <= 100 && /^[ -~]*$/.test(file.name);
  if (fits) return block(file);
  const record = encoder.encode(paxRecord('path', file.name));
  const name = 'PaxHeader';
  const pax = block({ ...file, name, size: record.length, type: 'x' });
  return joined([
    pax,
    record,
    padding(record.length),
    block({ ...file, name: file.name.slice(0, 60).replace(/[^ -~]/g, '_') }),
  ]);
}

/** Padding of the last block after a content of this many bytes. */
export const padding = (size: number): Uint8Array<ArrayBuffer> => new Uint8Array((BLOCK - (size % BLOCK)) % BLOCK);

/** The end of a tar. */
export const tarEnd = (): Uint8Array<ArrayBuffer> => new Uint8Array(2 * BLOCK);

function block({ name, size, mode, modified, type = '0' }: Header): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(BLOCK);
  const put = (at: number, text: string) => void bytes.set(encoder.encode(text), at);
  const octal = (value: number, length: number) =>
    `${Math.floor(value)
      .toString(8)
      .padStart(length - 1, '0')}\0`;
  put(0, name);
  put(100, octal(mode, 8));
  put(108, octal(0, 8));
  put(116, octal(0, 8));
  put(124, octal(size, 12));
  put(136, octal(Math.max(0, modified), 12));
  put(148, ' '.repeat(8));
  put(156, type);
  put(257, 'ustar\x0000');
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  put(148, `${sum.toString(8).padStart(6, '0')}\0 `);
  return bytes;
}

/** `<length> <key>=<value>\n`, where the length counts itself. */
function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const bytes = encoder.encode(rest).length;
  let length = bytes + String(bytes).length;
  if (bytes + String(length).length > length) length += 1;
  return `${length}${rest}`;
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
