import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';

/** The content of a repository at a path: a file's text, or something else by its mode; null deletes it. */
export type Content =
  | string
  | Buffer
  | null
  | { readonly executable: string }
  | { readonly link: string }
  | { readonly submodule: string };

/** The author of the commits, without this machine's configuration. */
const environment = {
  PATH: process.env['PATH'],
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
};

/** A folder of bare repositories; `remove` it in the end. */
export interface Repositories {
  readonly folder: string;
  create(name: string, settings?: Readonly<Record<string, string>>): Promise<Repository>;
  remove(): void;
}

export interface Repository {
  readonly name: string;
  readonly folder: string;
  /** Commits changes to the files of a branch, like a developer's push, and returns the commit. A new branch starts at `from`, or empty. */
  push(
    branch: string,
    files: Readonly<Record<string, Content>>,
    options?: { readonly message?: string; readonly from?: string },
  ): Promise<string>;
  /** The commit of a branch, tag or other name; undefined without one. */
  resolve(revision: string): Promise<string | undefined>;
  deleteBranch(branch: string): Promise<void>;
  git(...args: readonly string[]): Promise<string>;
}

export function repositories(): Repositories {
  const folder = mkdtempSync(join(tmpdir(), 'gantry-git-'));
  return {
    folder,
    async create(name, settings = {}) {
      const made = repository(folder, name);
      await run(['init', '--quiet', '--bare', '--initial-branch=main', made.folder]);
      for (const [key, value] of Object.entries(settings)) await made.git('config', key, value);
      return made;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function repository(root: string, name: string): Repository {
  const folder = join(root, `${name}.git`);
  const git = (...args: readonly string[]) => run(['--git-dir', folder, ...args]);
  const resolve = (revision: string) =>
    git('rev-parse', '--verify', '--quiet', `${revision}^{commit}`).then(
      (out) => out.trim(),
      () => undefined,
    );
  return {
    name,
    folder,
    git,
    resolve,
    async push(branch, files, { message = 'A change', from } = {}) {
      const parent = (await resolve(`refs/heads/${branch}`)) ?? (from && (await resolve(from)));
      await fastImport(folder, [
        Buffer.from(
          `commit refs/heads/${branch}\ncommitter Ada Lovelace <ada@example.com> ${(Date.now() / 1000) | 0} +0000\n`,
        ),
        ...data(message),
        Buffer.from(parent === undefined || parent === '' ? '' : `from ${parent}\n`),
        ...Object.entries(files).flatMap(([path, content]) => change(JSON.stringify(path), content)),
      ]);
      return (await git('rev-parse', `refs/heads/${branch}`)).trim();
    },
    async deleteBranch(branch) {
      await git('update-ref', '-d', `refs/heads/${branch}`);
    },
  };
}

/** A change in the format of fast-import. https://git-scm.com/docs/git-fast-import */
function change(path: string, content: Content): Buffer[] {
  if (content === null) return [Buffer.from(`D ${path}\n`)];
  if (typeof content === 'string' || Buffer.isBuffer(content)) {
    return [Buffer.from(`M 100644 inline ${path}\n`), ...data(content)];
  }
  if ('submodule' in content) return [Buffer.from(`M 160000 ${content.submodule} ${path}\n`)];
  const [mode, body] = 'link' in content ? ['120000', content.link] : ['100755', content.executable];
  return [Buffer.from(`M ${mode} inline ${path}\n`), ...data(body)];
}

function data(content: string | Buffer): Buffer[] {
  const bytes = Buffer.from(content);
  return [Buffer.from(`data ${bytes.length}\n`), bytes, Buffer.from('\n')];
}

async function fastImport(folder: string, stream: readonly Buffer[]): Promise<void> {
  const child = spawn('git', ['--git-dir', folder, 'fast-import', '--quiet', '--force'], { env: environment });
  const [errors] = await Promise.all([text(child.stderr), ended(child), write()]);
  if (child.exitCode !== 0) throw new Error(`git fast-import: ${errors}`);

  async function write() {
    child.stdin.end(Buffer.concat(stream));
  }
}

async function run(args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('git', args, { env: environment, maxBuffer: 64 * 1024 * 1024 });
  return stdout;
}

function ended(child: ReturnType<typeof spawn>): Promise<unknown> {
  return new Promise((resolve) => child.once('close', resolve));
}
