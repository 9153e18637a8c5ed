import { generateKeyPair, type JsonWebKey, randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { importJWK, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import type { Kernel } from '../../kernel/kernel.ts';
import { keyFile, readKeys, writeKeys } from '../../kernel/key-file.ts';
import { issuer } from './directory.ts';

interface SigningKey {
  readonly kid: string;
  readonly privateJwk: JsonWebKey;
}

/** Each pool's own RS256 key, made at its first use and kept in `keys/signing.json`: its owner can be anybody. */
export interface Keys {
  /** Signs claims as the pool's issuer. */
  sign(poolId: string, claims: JWTPayload, lifetimeSeconds: number): Promise<string>;
  /** The claims of an unexpired token that this pool signed; otherwise undefined. */
  verify(poolId: string, token: string): Promise<JWTPayload | undefined>;
  jwks(poolId: string): Promise<{ readonly keys: readonly object[] }>;
}

const generate = promisify(generateKeyPair);

export function createKeys({ dataDir, store }: Kernel): Keys {
  const path = keyFile(dataDir, 'signing.json');
  const kept = readKeys<SigningKey>(path, 'everybody has to sign in again then.');
  const making = new Map<string, Promise<SigningKey>>();

  // Older data folders have the keys in the store.
  const former = store.collection<SigningKey>('cognito.keys');
  const moved = former.entries().filter(([poolId]) => !kept.has(poolId));
  for (const [poolId, key] of moved) kept.set(poolId, key);
  if (moved.length > 0) writeKeys(path, kept);
  for (const [poolId] of former.entries()) former.delete(poolId);

  async function make(poolId: string): Promise<SigningKey> {
    const { privateKey } = await generate('rsa', { modulusLength: 2048 });
    const key = { kid: randomUUID(), privateJwk: privateKey.export({ format: 'jwk' }) };
    kept.set(poolId, key);
    writeKeys(path, kept);
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
