import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** A value that appears nowhere by chance. */
export function plant(): string {
  return `planted-${randomBytes(18).toString('base64url')}`;
}

export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** A text in plain form, in base64 at each offset in a group of three bytes, in hexadecimal and in UTF-16. */
function formsOf(secret: string): Buffer[] {
  const bytes = Buffer.from(secret);
  const base64 = [0, 1, 2].map((offset) =>
    Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .slice(offset === 0 ? 0 : 4, -4),
  );
  const texts = [secret, ...base64, ...base64.map(urlSafe), bytes.toString('hex')].map((text) => Buffer.from(text));
  return [...texts, Buffer.from(secret, 'utf16le')];
}

function urlSafe(base64: string): string {
  return base64.replaceAll('+', '-').replaceAll('/', '_');
}

/** The places, by name, that hold one of the secrets in any form. */
export function placesWith(
  secrets: readonly string[],
  places: Iterable<readonly [name: string, content: Buffer]>,
): string[] {
  const forms = secrets.flatMap(formsOf);
  return [...places].flatMap(([name, content]) => (forms.some((form) => content.includes(form)) ? [name] : []));
}

/** Every file below a folder, and the content of compressed ones. */
export function* filesBelow(folder: string): Generator<readonly [name: string, content: Buffer]> {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const name = join(entry.parentPath, entry.name);
    const content = readFileSync(name);
    yield [name.slice(folder.length), content];
    if (content[0] === 0x1f && content[1] === 0x8b)
      yield [`${name.slice(folder.length)} unpacked`, gunzipSync(content)];
  }
}
