import { spawn } from 'node:child_process';
import { statSync } from 'node:fs';

/** What git knows of a folder: names relative to it, sorted, a folder's with a slash at its end. */
export interface GitFiles {
  readonly tracked: ReadonlySet<string>;
  /** Neither tracked nor ignored. */
  readonly others: readonly string[];
}

/** More bytes of names than any upload has files for. */
const MOST_BYTES = 64 * 1024 * 1024;

/**
 * What `git ls-files --cached --others --exclude-standard` lists below a folder; undefined where the folder is in no repository, or git is not there or does
 * not answer.
 */
export async function gitFiles(folder: string): Promise<GitFiles | undefined> {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return undefined;
  const tracked = await lsFiles(folder, ['--cached']);
  const others = tracked && (await lsFiles(folder, ['--others', '--exclude-standard']));
  return tracked && others && { tracked: new Set(tracked), others };
}

/** What git ignores below a folder; a folder of which it ignores all is one name. */
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
