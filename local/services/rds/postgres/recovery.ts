import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { asSuperuser, type Running, rowOf } from './admin.ts';
import { baseBefore } from './bases.ts';
import { copyStopped, sealLog } from './copies.ts';
import { configure } from './server.ts';
import { serverUser } from './user.ts';

/** How long a server may need to go through its log, in milliseconds. */
const RECOVERY_MS = 15 * 60_000;

/**
 * Makes a server's folder from another's last base before a moment. Started, it goes through the other's log up to the moment.
 * https://www.postgresql.org/docs/current/continuous-archiving.html#BACKUP-PITR-RECOVERY
 */
export async function prepareRecovery(source: Running, folder: string, moment: number): Promise<void> {
  await sealLog(source);
  await copyStopped(baseBefore(source.folder, moment).folder, folder);
  const archive = join('../..', source.folder.split('/').at(-1) ?? '', 'wal');
  configure(folder, [
    `restore_command = 'cp ${archive}/%f %p'`,
    `recovery_target_time = '${new Date(moment).toISOString().replace('T', ' ').replace('Z', '+00')}'`,
    "recovery_target_action = 'promote'",
  ]);
  writeFileSync(join(folder, 'data', 'recovery.signal'), '');
  serverUser().own(folder);
}

/** Waits until a server has replayed its log and accepts writes. Throws if the server ends first, or takes too long. */
export async function serving(server: Running, hasEnded: () => boolean): Promise<void> {
  for (const end = Date.now() + RECOVERY_MS; ; await sleep(50)) {
    if (await takesWrites(server)) return;
    if (hasEnded() || Date.now() > end) throw new Error(`The server in ${server.folder} does not take writes`);
  }
}

async function takesWrites(server: Running): Promise<boolean> {
  try {
    const text = 'SELECT NOT pg_is_in_recovery() AS writes';
    return (await asSuperuser(server, (session) => rowOf<{ writes: boolean }>(session, text))).writes;
  } catch {
    return false;
  }
}
