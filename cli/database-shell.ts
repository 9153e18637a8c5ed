import { spawn } from 'node:child_process';
import { GantryError } from '@gantry/contract/errors.ts';
import type { DatabaseSession } from '@gantry/contract/schemas/databases.ts';
import type { Surroundings } from './declare.ts';

/** Runs psql with the session's credentials in its environment: no other user of this computer sees them in a list of processes. */
export function openShell(
  { interrupts, folder, env: given }: Pick<Surroundings, 'interrupts' | 'folder' | 'env'>,
  { host, port, database: name, user, password }: DatabaseSession,
  words: readonly string[],
): Promise<number> {
  const own = { PGHOST: host, PGPORT: String(port), PGDATABASE: name, PGUSER: user, PGPASSWORD: password };
  const env = { ...given, ...own, PGSSLMODE: 'require' };
  const child = spawn('psql', [...words], { cwd: folder, env, stdio: 'inherit' });
  interrupts.handOver(() => false);
  return new Promise((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      const absent = new GantryError('NotFound', 'There is no psql here: install it (Debian: postgresql-client).');
      reject(error.code === 'ENOENT' ? absent : error);
    });
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
