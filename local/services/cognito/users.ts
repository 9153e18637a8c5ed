import { randomUUID } from 'node:crypto';
import { AwsError } from '../../kernel/service.ts';
import type { Store } from '../../kernel/store.ts';
import { hashPassword, verifyPassword } from './password.ts';

export interface User {
  readonly sub: string;
  readonly email: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly passwordHash?: string;
  readonly status: 'CONFIRMED' | 'FORCE_CHANGE_PASSWORD';
  /** Seconds since 1970. */
  readonly createdAt: number;
  readonly modifiedAt: number;
  /** The pool's own operations refuse access tokens issued before this. */
  readonly signedOutAt: number;
}

/** A pool's users. They sign in with their e-mail; their user name is their `sub`, as in a pool with the e-mail as alias. */
export interface Users {
  /** By e-mail, in any case, or by `sub`. */
  find(poolId: string, name: string): User | undefined;
  /** Throws `UserNotFoundException`. */
  require(poolId: string, name: string): User;
  /** Throws `UsernameExistsException`. */
  create(poolId: string, email: string, attributes: Readonly<Record<string, string>>): User;
  setPassword(poolId: string, user: User, password: string, permanent: boolean): Promise<void>;
  signOut(poolId: string, user: User): void;
  remove(poolId: string, email: string): void;
  /** Every user of a pool. */
  of(poolId: string): readonly User[];
  /** The user with this password. */
  authenticate(poolId: string, name: string, password: string): Promise<User | undefined>;
}

export function createUsers(store: Store): Users {
  const users = store.collection<User>('cognito.users');
  const key = (poolId: string, email: string) => `${poolId}/${email.toLowerCase()}`;
  const save = (poolId: string, user: User) =>
    users.put(key(poolId, user.email), { ...user, modifiedAt: Date.now() / 1000 });

  const find = (poolId: string, name: string) =>
    users.get(key(poolId, name)) ?? users.entries(`${poolId}/`).find(([, { sub }]) => sub === name)?.[1];

  return {
    find,
    require(poolId, name) {
      const user = find(poolId, name);
      if (user === undefined) throw new AwsError('UserNotFoundException', 'User does not exist.');
      return user;
    },
    create(poolId, email, given) {
      if (find(poolId, email) !== undefined) {
        throw new AwsError('UsernameExistsException', 'An account with the given email already exists.');
      }
      const sub = randomUUID();
      const now = Date.now() / 1000;
      const attributes = { ...given, sub, email };
      const user: User = {
        sub,
        email,
        attributes,
        status: 'FORCE_CHANGE_PASSWORD',
        createdAt: now,
        modifiedAt: now,
        signedOutAt: 0,
      };
      save(poolId, user);
      return user;
    },
    async setPassword(poolId, user, password, permanent) {
      const passwordHash = await hashPassword(password);
      const current = find(poolId, user.sub) ?? user;
      save(poolId, { ...current, passwordHash, status: permanent ? 'CONFIRMED' : 'FORCE_CHANGE_PASSWORD' });
    },
    signOut: (poolId, user) => save(poolId, { ...user, signedOutAt: Date.now() / 1000 }),
    remove: (poolId, email) => users.delete(key(poolId, email)),
    of: (poolId) => users.entries(`${poolId}/`).map(([, user]) => user),
    async authenticate(poolId, name, password) {
      const user = find(poolId, name);
      return (await verifyPassword(password, user?.passwordHash)) ? user : undefined;
    },
  };
}
