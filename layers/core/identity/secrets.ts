import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { GantryError } from '@gantry/contract/errors.ts';
import { idPrefixes } from '@gantry/contract/ids.ts';
import type { Caller } from '../access/caller.ts';
import { TokenEntity } from '../records/identity.ts';
import { isOver } from './view.ts';

const PREFIX = 'gty_';
const idPrefix = `${idPrefixes.token}_`;

/** A secret of 256 random bits. It begins with the id of its token, which is the key of the record. */
export function newSecret(tokenId: string): string {
  return `${PREFIX}${tokenId.slice(idPrefix.length)}_${randomBytes(32).toString('base64url')}`;
}

export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

export function isApiToken(bearer: string): boolean {
  return bearer.startsWith(PREFIX);
}

/** The caller of an API token. Throws Unauthenticated when the token does not exist or has expired. */
export async function bearerOfToken(secret: string): Promise<Caller> {
  const id = `${idPrefix}${secret.slice(PREFIX.length).split('_', 1)[0]}`;
  const { data } = await TokenEntity.get({ id }).go({ consistent: true });
  if (data === null || !sameHash(data.hash, hashOf(secret)) || isOver(data.expiresAt)) {
    throw new GantryError('Unauthenticated', 'The API token is not valid, was revoked or has expired. Make a new one.');
  }
  const { userId, email, subject, teamId, scope, projectId } = data;
  return { userId, email, subject, token: { id, teamId, scope, projectId } };
}

function sameHash(one: string, other: string): boolean {
  return one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));
}
