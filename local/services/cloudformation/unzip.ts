import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { inflateRawSync } from 'node:zlib';

const END = 0x06054b50;
const ENTRY = 0x02014b50;
const STORED = 0;
const DEFLATED = 8;

/**
 * Unpacks a zip file of the CDK into a folder: files only, stored or deflated, of less than 4 GB. Throws for another kind of file, and for a name
 * that leads out of the folder. Source: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3.12 and 4.3.16
 */
export function unzip(zip: Buffer, folder: string): void {
  const end = zip.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  if (end < 0 || zip.readUInt32LE(end) !== END) throw new Error('the asset is no zip file');
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left -= 1) {
    if (zip.readUInt32LE(at) !== ENTRY) throw new Error('the zip file is damaged');
    const [method, size] = [zip.readUInt16LE(at + 10), zip.readUInt32LE(at + 20)];
    const [name, extra, comment] = [zip.readUInt16LE(at + 28), zip.readUInt16LE(at + 30), zip.readUInt16LE(at + 32)];
    const local = zip.readUInt32LE(at + 42);
    const path = zip.toString('utf8', at + 46, at + 46 + name);
    const data = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    if (!path.endsWith('/')) writeEntry(join(folder, safe(path)), method, zip.subarray(data, data + size));
    at += 46 + name + extra + comment;
  }
}

function safe(path: string): string {
  if (normalize(path).startsWith('..') || path.startsWith('/')) throw new Error(`the zip file names ${path}`);
  return path;
}

function writeEntry(file: string, method: number, bytes: Buffer): void {
  if (method !== STORED && method !== DEFLATED) throw new Error(`the zip file packs by method ${method}`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, method === STORED ? bytes : inflateRawSync(bytes));
}
