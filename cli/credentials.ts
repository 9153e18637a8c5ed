import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { GantryError } from '@gantry/contract/errors.ts';
import * as z from 'zod';
import { codeOf, writeAtomically } from './files.ts';
import { withLock } from './lock.ts';
import { configFolder } from './paths.ts';

/** A user's sign-in to one Gantry: as a person, or with an API token. Times are in milliseconds since 1970. */
const Credential = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('person'),
    email: z.string(),
    accessToken: z.string(),
    refreshToken: z.string().optional(),
    expiresAt: z.number(),
  }),
  z.object({ kind: z.literal('token'), email: z.string(), token: z.string() }),
]);
export type Credential = z.infer<typeof Credential>;

const Credentials = z.object({
  /** The address of the last sign-in. */
  current: z.string().optional(),
  servers: z.record(z.string(), Credential),
});
type Credentials = z.infer<typeof Credentials>;

/** The file with this user's sign-ins. Only this user can read it. */
export interface CredentialsFile {
  readonly path: string;
  /** Throws Invalid for a file that is not ours. */
  read(): Promise<Credentials>;
  /** Changes the file while other processes wait. `change` gets the present content and returns the new one. */
  update(change: (now: Credentials) => Credentials | Promise<Credentials>): Promise<Credentials>;
}

export function credentialsFile(env: Readonly<Record<string, string | undefined>>): CredentialsFile {
  const path = join(configFolder(env), 'credentials.json');
  const read = async () => {
    try {
      return Credentials.parse(JSON.parse(await readFile(path, 'utf8')));
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return { servers: {} };
      if (codeOf(error) !== undefined) throw error;
      throw new GantryError('Invalid', `${path} is damaged. Remove it, then sign in again with \`gantry login\`.`);
    }
  };
  return {
    path,
    read,
    async update(change) {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      return withLock(`${path}.lock`, async () => {
        const now = await read();
        const next = await change(now);
        if (next !== now) await writeAtomically(path, `${JSON.stringify(next, undefined, 2)}\n`, 0o600);
        return next;
      });
    },
  };
}
