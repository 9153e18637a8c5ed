import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { asSuperuser, type Running, rowOf } from './admin.ts';
import { keyFile } from './server.ts';
import { serverUser } from './user.ts';

/**
 * Files that a copy of a running server leaves out: files about its process, and its log. The copy gets the log that it
 * needs from the archive.
 */
const LEFT_OUT: ReadonlySet<string> = new Set(['pg_wal', 'postmaster.pid', 'postmaster.opts']);

/** How long the end of the log may need to get into the archive, in milliseconds. */
const ARCHIVE_MS = 60_000;

/**
 * Copies a stopped server, or a copy of one, so that a server can start from the result. An interrupted copy is made
 * again.
 */
export async function copyStopped(from: string, to: string): Promise<void> {
  await inPlace(to, async (part) => {
    await copy(from, part, ['data']);
    // A copy that an older version made has none: it gets one when it starts.
    if (existsSync(keyFile(from))) copyFileSync(keyFile(from), keyFile(part));
  });
}

/**
 * Copies a running server, which continues to serve. A server that starts from the copy has everything that was
 * committed when the copy ended.
 * https://www.postgresql.org/docs/current/continuous-archiving.html#BACKUP-LOWLEVEL-BASE-BACKUP
 */
export async function copyRunning(server: Running, to: string): Promise<void> {
  const data = join(server.folder, 'data');
  await inPlace(to, async (part) => {
    const target = join(part, 'data');
    mkdirSync(target, { mode: 0o700 });
    const label = await asSuperuser(server, async (session) => {
      await session.query("SELECT pg_backup_start('copy', true)");
      await copy(
        data,
        target,
        readdirSync(data).filter((entry) => !LEFT_OUT.has(entry)),
      );
      // This statement waits for the archive, so the log that the copy needs is in the archive.
      const { labelfile } = await rowOf<{ labelfile: string }>(session, 'SELECT labelfile FROM pg_backup_stop(true)');
      return labelfile;
    });
    writeFileSync(join(target, 'backup_label'), label);
    const log = join(target, 'pg_wal');
    mkdirSync(log, { mode: 0o700 });
    const archive = join(server.folder, 'wal');
    const first = firstLog(label);
    await copy(
      archive,
      log,
      readdirSync(archive).filter((name) => name >= first && !name.endsWith('.part')),
    );
    serverUser().own(part);
    copyFileSync(keyFile(server.folder), keyFile(part));
  });
}

/** The name of the first file of the log that a copy with this label needs. */
export function firstLog(label: string): string {
  const [, name] = /^START WAL LOCATION: .* \(file ([0-9A-F]{24})\)$/m.exec(label) ?? [];
  if (name === undefined) throw new Error('The label of a backup names no file of the log');
  return name;
}

/** Closes a server's log with a commit of its own, so that a recovery finds the moment of its target, and waits for the archive. */
export async function sealLog(server: Running): Promise<void> {
  const last = await asSuperuser(server, async (session) => {
    await session.query('SELECT pg_current_xact_id()');
    const { name } = await rowOf<{ name: string }>(session, 'SELECT pg_walfile_name(pg_switch_wal()) AS name');
    return name;
  });
  const file = join(server.folder, 'wal', last);
  for (const end = Date.now() + ARCHIVE_MS; !existsSync(file); await sleep(20))
    if (Date.now() > end) throw new Error(`The archive did not get ${last} within ${ARCHIVE_MS / 1000} s`);
}

const PART = '.part';

/** Makes a folder whole or not at all. A copy that a killed platform began may still write to a part of its own. */
async function inPlace(folder: string, make: (part: string) => Promise<void>): Promise<void> {
  const part = `${folder}.${randomBytes(4).toString('hex')}${PART}`;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(part, { recursive: true, mode: 0o700 });
  try {
    await make(part);
    renameSync(part, folder);
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
}

/** Removes the parts in a folder that no copy finishes any more. */
export function removeParts(folder: string): void {
  if (!existsSync(folder)) return;
  const parts = readdirSync(folder).filter((name) => name.endsWith(PART));
  for (const part of parts) rmSync(join(folder, part), { recursive: true, force: true });
}

/** A message about a file that disappeared during the copy of a running server. The log restores its content. */
const GONE = /^cp: .*: No such file or directory$/;

/** Copies entries of a folder; where the file system can, without copying their blocks. */
async function copy(from: string, to: string, entries: readonly string[]): Promise<void> {
  if (entries.length === 0) return;
  const child = spawn('cp', ['-a', '--reflink=auto', '-t', to, '--', ...entries], {
    cwd: from,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env.PATH, LC_ALL: 'C' },
  });
  let complaints = '';
  child.stderr.on('data', (text: Buffer) => {
    complaints = `${complaints}${text}`.slice(0, 10_000);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const lines = complaints.split('\n').filter((line) => line !== '' && !GONE.test(line));
  if (code !== 0 && (lines.length > 0 || complaints === '')) throw new Error(`cp failed: ${lines.join(' ')}`);
}
