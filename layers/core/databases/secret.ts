import { randomBytes } from 'node:crypto';
import { environment } from '@gantry/cloud/environment.ts';
import { createSecret, deleteSecret, readSecret } from '@gantry/cloud/secrets.ts';
import { GantryError } from '@gantry/contract/errors.ts';

/** Letters and digits of 24 random bytes: they stand in an address as they are. */
export function newPassword(): string {
  return randomBytes(24).toString('hex');
}

/** The secret of the user that apps have. */
function nameOf(databaseId: string): string {
  return `${environment('DATABASE_SECRETS')}${databaseId}`;
}

/** The password that apps have, made where there is none yet: a repeat answers the same. */
export async function ensurePassword(databaseId: string): Promise<string> {
  const name = nameOf(databaseId);
  await createSecret(name, newPassword(), environment('DATABASES_KEY'), {
    'gantry:stage': environment('STAGE'),
    'gantry:database': databaseId,
  });
  return readPassword(databaseId);
}

/** The password that apps have now. */
export async function readPassword(databaseId: string): Promise<string> {
  const password = await readSecret(nameOf(databaseId));
  if (password === undefined)
    throw new GantryError('Unavailable', 'The password of a database is not there. Try again.');
  return password;
}

/** Takes the password away for good; harmless where it is gone. */
export async function erasePassword(databaseId: string): Promise<void> {
  await deleteSecret(nameOf(databaseId));
}
