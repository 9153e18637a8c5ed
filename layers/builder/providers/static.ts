import { BuildError } from '../build-error.ts';
import type { SourceTree } from '../source-tree.ts';
import { DEFAULT_NODE } from './node-version.ts';
import type { Provider } from './provider.ts';
import { SERVER_PATH } from './static-server.ts';

const FOLDERS = ['.', 'public', 'dist'];

/** A site of files, served by the builder's own file server. */
export const staticSite: Provider = {
  name: 'static',
  looksFor: 'index.html in the folder itself, in public or in dist, or a Staticfile',
  startHint: 'an index.html',
  async detect(tree) {
    return (await tree.exists('Staticfile')) || (await findRoot(tree)) !== undefined;
  },
  async plan(tree) {
    const root = (await readStaticfile(tree)) ?? (await findRoot(tree));
    if (root === undefined)
      throw new BuildError('there is no index.html in the folder itself, in public or in dist; add one');
    const command = ['node', SERVER_PATH, root];
    return {
      runtime: { name: 'node', version: DEFAULT_NODE, versionSource: 'default' },
      installInputs: [],
      install: [],
      build: [],
      prune: [],
      start: { line: command.join(' '), source: 'provider', command },
      staticRoot: root,
      dependencyFolders: [],
      cacheFolders: [],
      env: { NODE_ENV: 'production' },
    };
  },
};

async function findRoot(tree: SourceTree): Promise<string | undefined> {
  for (const folder of FOLDERS) {
    if (await tree.exists(folder === '.' ? 'index.html' : `${folder}/index.html`)) return folder;
  }
  return undefined;
}

/** The folder named by the `root:` line of a `Staticfile`. */
async function readStaticfile(tree: SourceTree): Promise<string | undefined> {
  const line = /^root:(.*)$/m.exec((await tree.read('Staticfile')) ?? '')?.[1] ?? '';
  const value = line.trim().replace(/^["']/, '').replace(/["']$/, '');
  const parts = /["'#]/.test(value) ? [] : value.split('/');
  const first = parts.findIndex((part) => part !== '' && part !== '.');
  const root = parts.slice(first, parts.findLastIndex((part) => part !== '') + 1).join('/') || undefined;
  if (root === undefined) return undefined;
  const names = root.split('/').includes('..') ? [] : await tree.list(root);
  if (names.length > 0) return root;
  throw new BuildError(`Staticfile: the folder ${JSON.stringify(root)} is not in the source, or is empty`);
}
