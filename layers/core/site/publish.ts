import { readdir } from 'node:fs/promises';
import { extname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { environment } from '@gantry/cloud/environment.ts';
import { putFile } from '@gantry/cloud/s3.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};

/** Names of these files include a hash of their content. */
const HASHED = 'assets/';
const ENTRY = 'index.html';

/** Keeps the entry page on devices, with the files that it names: it must not be there before them. */
const WORKER = 'worker.js';

/**
 * Puts the dashboard's files into its bucket, the entry page after those that it names, and last the worker. Files of earlier versions
 * stay, for pages that are open. A repeat is harmless.
 */
export async function publishSite(site: URL): Promise<void> {
  const folder = fileURLToPath(site);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const keys = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
  await Promise.all(keys.filter((key) => key !== ENTRY && key !== WORKER).map((key) => put(folder, key)));
  await put(folder, ENTRY);
  await put(folder, WORKER);
}

async function put(folder: string, key: string): Promise<void> {
  const type = TYPES[extname(key)];
  if (type === undefined)
    throw new Error(`${key} has no content type: add its extension to layers/core/site/publish.ts`);
  const cacheControl = key.startsWith(HASHED) ? 'public, max-age=31536000, immutable' : 'no-cache';
  await putFile(environment('SITE_BUCKET'), key, join(folder, key), { contentType: type, cacheControl });
}
