import { execFile } from 'node:child_process';
import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';
import { patience } from '../../patience.ts';
import { digestOf, listen, temporaryFolder } from './peers.ts';

const INDEX = JSON.stringify({
  schemaVersion: 2,
  mediaType: 'application/vnd.oci.image.index.v1+json',
  manifests: [],
});

it('npm run base-images writes the digest of each tag that the registry has, and names the tags that it lacks', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'base-digests.ts');
  await copyFile('layers/builder/base-digests.ts', file);
  await using registry = await listen((request, response) => {
    const [, path = ''] = /^\/v2\/library\/(.*)$/.exec(request.url ?? '') ?? [];
    if (path.startsWith('php/')) return response.writeHead(404).end();
    return response.writeHead(200, { 'content-type': 'application/vnd.oci.image.index.v1+json' }).end(INDEX);
  });
  const run = promisify(execFile)(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', 'scripts/base-images.ts', `${registry.host}/library`, file],
    { timeout: patience(60_000) },
  );
  const ended = await run.catch((error: { code: number; stderr: string }) => error);
  const table = await readFile(file, 'utf8');
  expect(table).toContain(`  'node:24-slim': '${digestOf(Buffer.from(INDEX))}',\n`);
  expect(table).toContain("  'php:8.4-fpm-bookworm': '',\n");
  expect([Reflect.get(ended, 'code'), ended.stderr]).toEqual([1, expect.stringContaining('php:8.4-fpm-bookworm: ')]);
});
