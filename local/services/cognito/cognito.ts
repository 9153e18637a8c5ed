import { type Kernel, REGION } from '../../kernel/kernel.ts';
import type { Room } from '../../kernel/resource.ts';
import { createDirectory } from './directory.ts';
import { createEndpoints } from './endpoints.ts';
import { createGrants } from './grants.ts';
import { createKeys } from './keys.ts';
import { createLoginPages } from './login/login.ts';
import { createOperations } from './operations.ts';
import { openOwnerFile } from './owner.ts';
import { cognitoTypes } from './resources.ts';
import { createUsers } from './users.ts';

const SWEEP_MS = 3_600_000;

/** Cognito user pools with managed login: the only way to sign in is the authorization code flow with PKCE. */
export interface CognitoRoom extends Room {
  /** The generated password of an account in the template, until it is changed. */
  initialPassword(email: string): string | undefined;
  /** E-mails of the template's accounts; known once it is declared. */
  accounts(): readonly string[];
}

export function createCognito(kernel: Kernel): CognitoRoom {
  const directory = createDirectory();
  const users = createUsers(kernel.store);
  const keys = createKeys(kernel);
  const grants = createGrants(kernel, directory, users, keys);
  const owners = openOwnerFile(kernel.dataDir);
  const pages = createLoginPages(kernel, directory, users, grants, owners);
  const operations = createOperations(kernel, directory, users, grants, owners);
  const suffix = `.auth.${REGION}.amazoncognito.com`;
  let sweeper: NodeJS.Timeout | undefined;

  return {
    initialPassword: (email) => owners.get(email),
    accounts: () => [...directory.accounts],
    services: [
      {
        signingName: 'cognito-idp',
        protocol: 'json',
        model: () => import('@aws-sdk/client-cognito-identity-provider'),
        operations,
      },
    ],
    mounts: [createEndpoints(kernel, directory, users, keys, grants, pages)],
    resources: cognitoTypes(directory, users, owners, grants),
    address({ hostname, pathname, search }) {
      if (hostname === `cognito-idp.${REGION}.amazonaws.com`) return `${kernel.addresses.aws}${pathname}${search}`;
      if (!hostname.endsWith(suffix)) return undefined;
      const domain = hostname.slice(0, -suffix.length);
      return `${kernel.addresses.aws}/sign-in/${domain}${pathname === '/' ? '' : pathname}${search}`;
    },
    start() {
      grants.sweep();
      sweeper = setInterval(() => grants.sweep(), SWEEP_MS);
      sweeper.unref();
    },
    async stop() {
      clearInterval(sweeper);
    },
  };
}
