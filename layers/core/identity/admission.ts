import { verifiedEmail } from '@gantry/cloud/cognito.ts';
import { environment } from '@gantry/cloud/environment.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { newId } from '@gantry/contract/ids.ts';
import type { Caller } from '../access/caller.ts';
import { item } from '../kernel/entity.ts';
import { StaleWrite, transact } from '../kernel/transact.ts';
import { UserEntity, type UserRecord } from '../records/identity.ts';
import { found } from './founding.ts';
import { waitingInvitations } from './invitations.ts';
import { authenticate, callerOf, userBehind } from './operations.ts';
import { isApiToken } from './secrets.ts';

/**
 * Like `authenticate`, and admits first-time users: the first owner, who founds the installation, and people with a valid invitation. Everybody else
 * is Forbidden.
 */
export async function admit(bearer: string): Promise<Caller> {
  if (isApiToken(bearer)) return authenticate(bearer);
  const { account, user } = await userBehind(bearer);
  if (user !== undefined) return callerOf(user, account);
  const email = await verifiedEmail(account.username);
  if (email !== undefined && email === environment('FIRST_OWNER_EMAIL').toLowerCase())
    return callerOf(await found(account.subject, email), account);
  if (email === undefined || (await waitingInvitations(email)).length === 0) {
    throw new GantryError('Forbidden', 'Nobody has invited you to this installation. Ask an owner for an invitation.');
  }
  return callerOf(await register(account.subject, email), account);
}

/** Two first sign-ins at the same instant create one user. */
async function register(subject: string, email: string): Promise<UserRecord> {
  const user = { subject, id: newId('user'), email, createdAt: new Date().toISOString(), teams: 0 };
  try {
    await transact([{ item: item.put(UserEntity.create(user)) }]);
    return user;
  } catch (error) {
    if (!(error instanceof StaleWrite)) throw error;
    const { data } = await UserEntity.get({ subject }).go({ consistent: true });
    return data ?? user;
  }
}
