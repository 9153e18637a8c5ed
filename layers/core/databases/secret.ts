import { createHash, randomBytes } from 'node:crypto';
import { environment } from '@gantry/cloud/environment.ts';
import { createSecret, deleteSecret, readSecret, renewSecret } from '@gantry/cloud/secrets.ts';
import { GantryError } from '@gantry/contract/errors.ts';

/** The two users of apps, which take turns when passwords are changed. */
const USERS = ['app_a', 'app_b'] as const;
export const [FIRST_USER] = USERS;

/** The other one of the two users, to which a rotation switches. */
export function otherUser(user: string | undefined): string {
  return USERS.find((each) => each !== user) ?? FIRST_USER;
}

/** A password of 24 random bytes as letters and digits, which need no escaping in an address. */
export function newPassword(): string {
  return randomBytes(24).toString('hex');
}

/** The name of the secret of one of the apps' users. The first user's has no suffix, because earlier versions had only one user. */
function nameOf(databaseId: string, user: string): string {
  return `${environment('DATABASE_SECRETS')}${databaseId}${user === FIRST_USER ? '' : `/${user}`}`;
}

/** A user's password, made if there is none yet. A repeat returns the same. */
export async function ensurePassword(databaseId: string, user: string): Promise<string> {
  await createSecret(nameOf(databaseId, user), newPassword(), environment('DATABASES_KEY'), {
    'gantry:stage': environment('STAGE'),
    'gantry:database': databaseId,
  });
  return readPassword(databaseId, user);
}

/** A user's new password for the rotation of a version of the record. A repeat returns the same. */
export async function renewPassword(databaseId: string, user: string, version: number): Promise<string> {
  await ensurePassword(databaseId, user);
  const token = createHash('sha256').update(`${databaseId} ${version}`).digest('hex');
  await renewSecret(nameOf(databaseId, user), newPassword(), token);
  return readPassword(databaseId, user);
}

/** The password that a user has now. */
export async function readPassword(databaseId: string, user: string): Promise<string> {
  const password = await readSecret(nameOf(databaseId, user));
  if (password === undefined)
    throw new GantryError('Unavailable', 'The password of a database does not exist yet. Try again.');
  return password;
}

/** Deletes the passwords of all users; harmless if they are gone. */
export async function erasePasswords(databaseId: string): Promise<void> {
  await Promise.all(USERS.map((user) => deleteSecret(nameOf(databaseId, user))));
}
