import { GantryError } from '@gantry/contract/errors.ts';
import { newId } from '@gantry/contract/ids.ts';
import { allows } from '@gantry/contract/roles.ts';
import type { ApiToken, CreatedApiToken, NewApiToken } from '@gantry/contract/schemas/identity.ts';
import { authorise } from '../access/authorise.ts';
import type { Caller } from '../access/caller.ts';
import { item } from '../kernel/entity.ts';
import { willAnswer } from '../kernel/idempotency/execution.ts';
import { type PageQuery, page, pageOptions } from '../kernel/page.ts';
import { transact } from '../kernel/transact.ts';
import { MembershipEntity, TokenEntity, type TokenRecord } from '../records/identity.ts';
import { tokenAt } from '../records/identity-lookups.ts';
import { projectAt } from '../records/project-lookups.ts';
import { hashOf, newSecret } from './secrets.ts';
import { viewToken } from './view.ts';

/** How many tokens a member may have in a team: the transaction that removes the member removes these too. */
const MAX_TOKENS = 20;
const DEFAULT_DAYS = 90;

/** Creates an API token of the caller in a team, for a year at most. Only this answer holds its secret. */
export async function createToken(
  caller: Caller,
  { teamId }: { teamId: string },
  { name, scope, projectId, expiresInDays = DEFAULT_DAYS }: NewApiToken,
): Promise<CreatedApiToken> {
  const named = projectId === undefined ? [] : [projectAt({ teamId, projectId })];
  await authorise(caller, 'token.manage', { teamId, projectId }, ...named);
  const { userId, subject, email } = caller;
  const id = newId('token');
  const secret = newSecret(id);
  const now = Date.now();
  const record: TokenRecord = {
    id,
    teamId,
    userId,
    subject,
    email,
    name,
    scope,
    ...(projectId !== undefined && { projectId }),
    hash: hashOf(secret),
    lastFour: secret.slice(-4),
    createdAt: new Date(now).toISOString(),
    expiresAt: new Date(now + expiresInDays * 24 * 3600_000).toISOString(),
  };
  const token = viewToken(record);
  const reply = willAnswer({ token, secret });
  const known = MembershipEntity.patch({ teamId, userId })
    .add({ tokenIds: [id] })
    // `version` is a number: `value` makes it a placeholder, which the expression must then name.
    .where(
      ({ tokenIds, version }, { exists, notExists, size, value }) =>
        `${exists(version)} AND (${notExists(tokenIds)} OR ${size(tokenIds)} < ${value(version, MAX_TOKENS)})`,
    );
  const detail = `A member can have ${MAX_TOKENS} tokens in a team, expired ones included. Revoke one.`;
  await transact(
    [
      { item: item.put(TokenEntity.create(record)) },
      { item: item.update(known), otherwise: new GantryError('QuotaExceeded', detail) },
    ],
    { name: 'token.created', teamId, aggregate: token, actor: userId, data: token },
  );
  return reply;
}

/** The caller's tokens in a team; all of the team's for a caller who manages members. Never a secret. */
export async function listTokens(caller: Caller, { teamId }: { teamId: string }, query: PageQuery) {
  const { role } = await authorise(caller, 'token.manage', { teamId });
  const whose = allows(role, 'member.manage') ? { teamId } : { teamId, userId: caller.userId };
  return page(
    query,
    () => TokenEntity.query.byTeam(whose).go(pageOptions(query)),
    (record) => viewToken(record),
  );
}

/** Revokes a token at once: one of the caller's, or any token for a caller who manages members. */
export async function revokeToken(
  caller: Caller,
  { teamId, tokenId }: { teamId: string; tokenId: string },
): Promise<ApiToken> {
  const lookup = tokenAt(tokenId);
  const { role, found } = await authorise(caller, 'token.manage', { teamId }, lookup);
  const [record] = found;
  const absent = new GantryError('NotFound', `There is no ${lookup.what} here.`);
  const mine = record.userId === caller.userId || allows(role, 'member.manage');
  if (record.teamId !== teamId || !mine) throw absent;
  const revoked = viewToken(record, 2);
  const forgotten = MembershipEntity.patch({ teamId, userId: record.userId }).delete({ tokenIds: [tokenId] });
  await transact(
    [
      {
        item: item.remove(TokenEntity.delete({ id: tokenId }).where((token, { exists }) => exists(token.id))),
        otherwise: absent,
      },
      { item: item.update(forgotten), otherwise: absent },
    ],
    { name: 'token.revoked', teamId, aggregate: revoked, actor: caller.userId, data: revoked },
  );
  return revoked;
}
