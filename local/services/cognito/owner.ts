import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Generated passwords in clear, until they are changed: those of the template's accounts, which each start shows, and those of invited people, which
 * AWS would mail.
 */
export interface OwnerFile {
  readonly path: string;
  get(email: string): string | undefined;
  set(email: string, password: string): void;
  /** Deletes a password that is no longer the account's. */
  remove(email: string): void;
}

/**
 * Opens `owner.json` in the data folder, which only its owner can read (mode 0600). The store itself keeps only a hash.
 */
export function openOwnerFile(dataDir: string): OwnerFile {
  const file = join(dataDir, 'owner.json');
  const read = (): Readonly<Record<string, string>> => {
    try {
      return JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
      throw error;
    }
  };
  const write = (passwords: Readonly<Record<string, string>>) => {
    mkdirSync(dataDir, { recursive: true });
    writeFileSync(`${file}.new`, `${JSON.stringify(passwords, null, 2)}\n`, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  };
  return {
    path: file,
    get: (email) => read()[email.toLowerCase()],
    set: (email, password) => write({ ...read(), [email.toLowerCase()]: password }),
    remove(email) {
      const { [email.toLowerCase()]: gone, ...rest } = read();
      if (gone !== undefined) write(rest);
    },
  };
}
