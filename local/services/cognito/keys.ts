import { generateKeyPair, type JsonWebKey, randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { importJWK, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import type { Store } from '../../kernel/store.ts';
import { issuer } from './directory.ts';

interface SigningKey {
  readonly kid: string;
  readonly privateJwk: JsonWebKey;
}

/** Each pool's own RS256 key, made when it is first needed and kept in the store. */
export interface Keys {
  /** Signs claims as the pool's issuer. */
  sign(poolId: string, claims: JWTPayload, lifetimeSeconds: number): Promise<string>;
  /** The claims of a token that this pool signed and that has not expired, or undefined. */
  verify(poolId: string, token: string): Promise<JWTPayload | undefined>;
  jwks(poolId: string): Promise<{ readonly keys: readonly object[] }>;
}

const generate = promisify(generateKeyPair);

export function createKeys(store: Store): Keys {
  const kept = store.collection<SigningKey>('cognito.keys');
  const making = new Map<string, Promise<SigningKey>>();

  async function make(poolId: string): Promise<SigningKey> {
    const { privateKey } = await generate('rsa', { modulusLength: 2048 });
    const key = { kid: randomUUID(), privateJwk: privateKey.export({ format: 'jwk' }) };
    kept.put(poolId, key);
    return key;
  }

  async function keyOf(poolId: string): Promise<SigningKey> {
    const known = kept.get(poolId);
    if (known !== undefined) return known;
    const made = making.get(poolId) ?? make(poolId).finally(() => making.delete(poolId));
    making.set(poolId, made);
    return made;
  }

  const publicJwk = ({ kid, privateJwk: { n = '', e = '' } }: SigningKey) => ({
    kty: 'RSA',
    n,
    e,
    kid,
    alg: 'RS256',
    use: 'sig',
  });

  return {
    async sign(poolId, claims, lifetimeSeconds) {
      const key = await keyOf(poolId);
      const now = Math.floor(Date.now() / 1000);
      return new SignJWT({ ...claims, iss: issuer(poolId), iat: now, exp: now + lifetimeSeconds, jti: randomUUID() })
        .setProtectedHeader({ alg: 'RS256', kid: key.kid })
        .sign(await importJWK({ ...key.privateJwk, kty: 'RSA' }, 'RS256'));
    },
    async verify(poolId, token) {
      const key = await importJWK(publicJwk(await keyOf(poolId)), 'RS256');
      try {
        return (await jwtVerify(token, key, { issuer: issuer(poolId), algorithms: ['RS256'] })).payload;
      } catch {
        return undefined;
      }
    },
    jwks: async (poolId) => ({ keys: [publicJwk(await keyOf(poolId))] }),
  };
}
