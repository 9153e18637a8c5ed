import { spawn } from 'node:child_process';
import { statSync } from 'node:fs';

/** The names in a folder that git knows: relative to it, sorted, folders with a slash at the end. */
export interface GitFiles {
  readonly tracked: ReadonlySet<string>;
  /** Neither tracked nor ignored. */
  readonly others: readonly string[];
}

/** More bytes of names than any upload has. */
const MOST_BYTES = 64 * 1024 * 1024;

/**
 * The output of `git ls-files --cached --others --exclude-standard` for a folder; undefined outside of a repository, and when git is missing or does
 * not answer.
 */
export async function gitFiles(folder: string): Promise<GitFiles | undefined> {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return undefined;
  const tracked = await lsFiles(folder, ['--cached']);
  const others = tracked && (await lsFiles(folder, ['--others', '--exclude-standard']));
  return tracked && others && { tracked: new Set(tracked), others };
}

/** The names that git ignores in a folder; a completely ignored folder is one name. */
export async function ignoredFiles(folder: string): Promise<readonly string[]> {
  return (await lsFiles(folder, ['--others', '--ignored', '--exclude-standard', '--directory'])) ?? [];
}

function lsFiles(folder: string, args: readonly string[]): Promise<string[] | undefined> {
  return new Promise((resolve) => {
    const git = spawn('git', ['ls-files', '-z', ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] });
    const chunks: Buffer[] = [];
    let bytes = 0;
    git.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= MOST_BYTES) chunks.push(chunk);
      else git.kill();
    });
    git.once('error', () => resolve(undefined));
    git.once('close', (code) => {
      const names = Buffer.concat(chunks).toString('utf8').split('\0').filter(Boolean);
      resolve(code === 0 ? [...new Set(names)].sort() : undefined);
    });
  });
}
