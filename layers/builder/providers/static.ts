import { posix } from 'node:path';
import { BuildError } from '../build-error.ts';
import type { SourceTree } from '../source-tree.ts';
import { DEFAULT_NODE } from './node-version.ts';
import { defineProvider } from './provider.ts';
import { SERVER_PATH } from './static-server.ts';

const FOLDERS = ['.', 'public', 'dist'];

/** A site of files, served by the builder's own file server. */
export const staticSite = defineProvider<{ readonly folder: string }>({
  name: 'static',
  looksFor: 'index.html in the folder itself, in public or in dist, or a Staticfile',
  startHint: 'an index.html',
  async detect({ tree, names }) {
    if (names.includes('Staticfile')) return 'Staticfile';
    const root = await findRoot(tree);
    return root === undefined ? undefined : posix.join(root, 'index.html');
  },
  async read({ tree }) {
    const folder = (await readStaticfile(tree)) ?? (await findRoot(tree));
    if (folder !== undefined) return { folder };
    throw new BuildError('there is no index.html in the folder itself, in public or in dist; add one');
  },
  versions: () => ({ name: 'node', version: DEFAULT_NODE, versionSource: 'default' }),
  install: () => ({ commands: [], inputs: [] }),
  build: () => ({ commands: [], source: 'default' }),
  start({ folder }) {
    const command = ['node', SERVER_PATH, folder];
    return { line: command.join(' '), source: 'provider', command };
  },
  caches: () => ({ dependencies: [], caches: [] }),
  env: () => ({ NODE_ENV: 'production' }),
  site: ({ folder }) => ({ folder, fallback: false }),
});

async function findRoot(tree: SourceTree): Promise<string | undefined> {
  for (const folder of FOLDERS) {
    if (await tree.exists(folder === '.' ? 'index.html' : `${folder}/index.html`)) return folder;
  }
  return undefined;
}

/** The folder in the `root:` line of a `Staticfile`. It must be in the source, unless a build makes it. */
export async function readStaticfile(tree: SourceTree, present = true): Promise<string | undefined> {
  const line = /^root:(.*)$/m.exec((await tree.read('Staticfile')) ?? '')?.[1] ?? '';
  const value = line.trim().replace(/^["']/, '').replace(/["']$/, '');
  const parts = /["'#]/.test(value) ? [] : value.split('/');
  const first = parts.findIndex((part) => part !== '' && part !== '.');
  const root = parts.slice(first, parts.findLastIndex((part) => part !== '') + 1).join('/') || undefined;
  if (root === undefined) return undefined;
  if (!present && !root.split('/').includes('..')) return root;
  const names = root.split('/').includes('..') ? [] : await tree.list(root);
  if (names.length > 0) return root;
  throw new BuildError(`Staticfile: the folder ${JSON.stringify(root)} is not in the source, or is empty`);
}
