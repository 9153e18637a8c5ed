import { chownSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The user that a server runs as: this process's user, or `nobody` if this process is root, because PostgreSQL refuses
 * root.
 */
export interface ServerUser {
  /** The words before the command. */
  readonly prefix: readonly string[];
  /** Hands over a folder with all that is in it. */
  own(folder: string): void;
}

const NOBODY = 65_534;

/**
 * The user `nobody` cannot enter folders that belong to root alone, such as the data folder. So the server keeps the
 * right to pass through them, and no other right of root. https://man7.org/linux/man-pages/man1/setpriv.1.html
 */
export function serverUser(): ServerUser {
  if (process.getuid?.() !== 0) return { prefix: [], own: () => undefined };
  const rights = '+dac_read_search,+dac_override';
  const user = [`--reuid=${userId()}`, `--regid=${NOBODY}`, '--clear-groups'];
  return {
    prefix: ['setpriv', ...user, `--inh-caps=${rights}`, `--ambient-caps=${rights}`, '--no-new-privs', '--'],
    own,
  };
}

/** PostgreSQL wants a user with a name. */
function userId(): number {
  const known = readFileSync('/etc/passwd', 'utf8').split('\n');
  if (known.some((line) => line.split(':')[2] === String(NOBODY))) return NOBODY;
  throw new Error('PostgreSQL does not run as root, and this machine has no user nobody: start Gantry as another user');
}

function own(path: string): void {
  chownSync(path, NOBODY, NOBODY);
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const inner = join(path, entry.name);
    if (entry.isDirectory()) own(inner);
    else chownSync(inner, NOBODY, NOBODY);
  }
}
