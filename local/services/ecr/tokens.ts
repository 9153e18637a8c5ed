import { randomBytes } from 'node:crypto';
import type { Principal } from '../../kernel/iam.ts';

/** How long a registry password is valid, in seconds, as on AWS. */
const LIFETIME = 12 * 3600;

/** Passwords of the registry: each stands for its requesting principal. They live as long as the process. */
export interface Tokens {
  issue(principal: Principal): { readonly authorizationToken: string; readonly expiresAt: number };
  /** The principal of an `Authorization` header; undefined without one. */
  identify(header: string | undefined): Principal | undefined;
}

export function createTokens(): Tokens {
  const issued = new Map<string, { readonly principal: Principal; readonly expiresAt: number }>();
  return {
    issue(principal) {
      const now = Date.now() / 1000;
      for (const [password, { expiresAt }] of issued) if (expiresAt < now) issued.delete(password);
      const password = randomBytes(32).toString('base64url');
      const expiresAt = now + LIFETIME;
      issued.set(password, { principal, expiresAt });
      return { authorizationToken: Buffer.from(`AWS:${password}`).toString('base64'), expiresAt };
    },
    identify(header = '') {
      const basic = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(header)?.[1];
      const [user, password = ''] = Buffer.from(basic ?? '', 'base64')
        .toString('utf8')
        .split(':');
      const found = user === 'AWS' ? issued.get(password) : undefined;
      return found !== undefined && found.expiresAt > Date.now() / 1000 ? found.principal : undefined;
    },
  };
}
