import { randomBytes } from 'node:crypto';
import type { Credentials, Iam, Principal } from '../kernel/iam.ts';

/** How long expired credentials are remembered, so that their users learn that they expired: milliseconds. */
const REMEMBERED_MS = 3_600_000;

/** Access keys: one for each principal of the local cloud, and those of sessions, which expire. */
export function createKeys(): Pick<Iam, 'credentials' | 'temporaryCredentials' | 'identify'> {
  const byPrincipal = new Map<string, Credentials>();
  const byKey = new Map<string, { readonly principal: Principal; readonly credentials: Credentials }>();
  const add = <T extends Credentials>(principal: Principal, credentials: T): T => {
    byKey.set(credentials.accessKeyId, { principal, credentials });
    return credentials;
  };
  return {
    credentials(principal) {
      const name = JSON.stringify(principal);
      const credentials = byPrincipal.get(name) ?? add(principal, newCredentials());
      byPrincipal.set(name, credentials);
      return credentials;
    },
    temporaryCredentials(principal, seconds) {
      const now = Date.now();
      for (const [key, { credentials }] of byKey) {
        if ((credentials.expiration ?? now) < now - REMEMBERED_MS) byKey.delete(key);
      }
      return add(principal, { ...newCredentials(), expiration: now + seconds * 1000 });
    },
    identify: (accessKeyId) => byKey.get(accessKeyId),
  };
}

function newCredentials(): Credentials {
  return {
    accessKeyId: `ASIA${randomBytes(8).toString('hex').toUpperCase()}`,
    secretAccessKey: randomBytes(30).toString('base64url'),
    sessionToken: randomBytes(48).toString('base64url'),
  };
}
