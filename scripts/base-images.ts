import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BASE_DIGESTS } from '../layers/builder/base-digests.ts';
import { BASE_REGISTRY } from '../layers/builder/base-images.ts';
import { errorMessage } from '../layers/builder/build-error.ts';
import { parseReference } from '../layers/builder/image/reference.ts';
import { openSource } from '../layers/builder/image/source-registry.ts';

/**
 * Writes the current digest of each base image into the table of digests: `npm run base-images`. For a tag that the registry does not have, the table
 * keeps the old digest, and the command ends with 1. A mirror may name another registry and another table: `-- [<registry>] [<file>]`.
 */
const [registry = BASE_REGISTRY, file = join(import.meta.dirname, '../layers/builder/base-digests.ts')] =
  process.argv.slice(2);
const isLoopback = /^(127\.0\.0\.1|localhost)(:|\/)/.test(registry);
let table = readFileSync(file, 'utf8');
for (const [tag, held] of Object.entries(BASE_DIGESTS)) {
  try {
    const reference = parseReference(`${registry}/${tag}`);
    const { bytes } = await openSource(reference, isLoopback, new AbortController().signal).manifest(reference.version);
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    table = table.replace(`'${tag}': '${held}'`, `'${tag}': '${digest}'`);
    console.log(`${tag} ${digest}${digest === held ? '' : held === '' ? ' (new)' : ` (was ${held})`}`);
  } catch (error) {
    console.error(`${tag}: ${errorMessage(error)}`);
    process.exitCode = 1;
  }
}
writeFileSync(file, table);
