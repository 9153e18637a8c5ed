import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { z } from 'zod';
import { buildSite } from '../../../infra/constructs/site.ts';
import type { Figure } from '../figures.ts';

const root = join(import.meta.dirname, '../../..');
const KB = 1_000;
/** The distribution's quality level for Brotli, on one machine. */
const QUALITY = 5;
const ENTRY = 'index.html';
const HOME = 'pages/home.tsx';

const Manifest = z.record(z.string(), z.object({ file: z.string(), imports: z.array(z.string()).default([]) }));
type Manifest = z.infer<typeof Manifest>;

/** The scripts that a browser loads for the first view, and for each further page. */
export function scriptSizes(): Figure[] {
  const site = buildSite(root);
  const manifest = Manifest.parse(JSON.parse(readFileSync(join(site, 'build.json'), 'utf8')));
  const first = new Set([...closure(manifest, ENTRY), ...closure(manifest, HOME)]);
  const weigh = (files: Iterable<string>) =>
    [...files].reduce((sum, file) => sum + compressed(join(site, file)), 0) / KB;
  const pages = Object.keys(manifest).filter((name) => /^pages\/[^/]+(?:\/[^/]+)?\.tsx$/.test(name) && name !== HOME);
  const further = pages.map((name) => {
    const files = closure(manifest, name).filter((file) => !first.has(file));
    return { name, size: weigh(new Set(files)) };
  });
  const largest = further.reduce((a, b) => (a.size > b.size ? a : b));
  return [
    { name: 'script of the first view', value: weigh(first), unit: 'KB', aim: 150, detail: 'compressed with Brotli' },
    { name: 'script of a further page, the largest', value: largest.size, unit: 'KB', aim: 60, detail: largest.name },
  ];
}

/** The files of a module and of all its imports. */
function closure(manifest: Manifest, name: string, seen = new Set<string>()): string[] {
  const part = manifest[name];
  if (part === undefined || seen.has(name)) return [];
  seen.add(name);
  return [part.file, ...part.imports.flatMap((each) => closure(manifest, each, seen))];
}

const compressed = (path: string): number =>
  brotliCompressSync(readFileSync(path), { params: { [constants.BROTLI_PARAM_QUALITY]: QUALITY } }).length;
