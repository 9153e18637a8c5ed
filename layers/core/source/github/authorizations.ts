import { createHash, randomBytes } from 'node:crypto';
import { environment } from '@gantry/cloud/environment.ts';
import { authorizeUrl, exchangeCode, installUrl, userInstallations } from '@gantry/cloud/github/authorisation.ts';
import { personOf } from '@gantry/cloud/github/people.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { fieldError } from '@gantry/contract/field-names.ts';
import { newId } from '@gantry/contract/ids.ts';
import { joinedUrl, redirectUrls } from '@gantry/contract/redirect-urls.ts';
import type {
  Authorization,
  AuthorizationProof,
  NewAuthorization,
  ProvenAccess,
} from '@gantry/contract/schemas/source.ts';
import { authorise } from '../../access/authorise.ts';
import type { Caller } from '../../access/caller.ts';
import { item } from '../../kernel/entity.ts';
import { willAnswer } from '../../kernel/idempotency/execution.ts';
import { type Lookup, lookupOf } from '../../kernel/lookup.ts';
import { ttlAfter } from '../../kernel/table.ts';
import { transact } from '../../kernel/transact.ts';
import { AuthorizationEntity, type AuthorizationRecord } from '../../records/github.ts';
import { github } from './app.ts';

/** How long a person may take to return from GitHub and choose, in seconds. */
const VALID_SECONDS = 900;

interface AuthorizationPath {
  readonly teamId: string;
  readonly authorizationId: string;
}

/**
 * Begins the proof of which installations a person may use. GitHub's code works only with the verifier that stays here, and only for the person who
 * began: nobody can join another person's installation to their own team.
 */
export async function createAuthorization(
  caller: Caller,
  { teamId }: { readonly teamId: string },
  { redirectUrl }: NewAuthorization,
): Promise<Authorization> {
  await authorise(caller, 'installation.join', { teamId });
  const possible = [...redirectUrls, joinedUrl(environment('API_URL'))];
  if (!possible.includes(redirectUrl)) {
    const message = `must be one of ${possible.join(', ')}`;
    throw fieldError('body.redirectUrl', message);
  }
  const app = await github();
  const id = newId('authorization');
  const verifier = randomBytes(32).toString('base64url');
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  const reply = willAnswer<Authorization>({
    id,
    authorizeUrl: authorizeUrl(app, { redirectUrl, state: id, challenge }),
    installUrl: installUrl(app, id),
    expiresAt: new Date(Date.now() + VALID_SECONDS * 1000).toISOString(),
  });
  const record = { teamId, id, userId: caller.userId, verifier, redirectUrl, ttl: ttlAfter(VALID_SECONDS) };
  await transact([{ item: item.put(AuthorizationEntity.create(record)) }]);
  return reply;
}

/**
 * Sends GitHub the code with which the person returned, and answers which installations they may use. Their account on GitHub is recorded, their
 * token is not. A repeat answers the same.
 */
export async function proveAuthorization(
  caller: Caller,
  path: AuthorizationPath,
  { code }: AuthorizationProof,
): Promise<ProvenAccess> {
  const { found } = await authorise(caller, 'installation.join', path, authorizationAt(path));
  const record = requireOwn(found[0], caller);
  if (record.installations !== undefined) return { installations: [...record.installations] };
  const app = await github();
  const token = await exchangeCode(app, { code, verifier: record.verifier, redirectUrl: record.redirectUrl });
  const [person, usable] = await Promise.all([personOf(app, token), userInstallations(app, token)]);
  const installations = usable.map(({ id, account }) => ({ installationId: String(id), account }));
  const reply = willAnswer<ProvenAccess>({ installations });
  const { teamId, authorizationId: id } = path;
  await transact([{ item: item.update(AuthorizationEntity.patch({ teamId, id }).set({ installations, person })) }]);
  return reply;
}

export function authorizationAt({ teamId, authorizationId: id }: AuthorizationPath): Lookup<AuthorizationRecord> {
  return lookupOf(`authorization ${id}`, AuthorizationEntity.get({ teamId, id }), (raw) =>
    AuthorizationEntity.parse(raw),
  );
}

/** An authorization that another person began, or that is over, counts as missing. */
export function requireOwn(record: AuthorizationRecord, { userId }: Caller): AuthorizationRecord {
  if (record.userId === userId && record.ttl > Date.now() / 1000) return record;
  throw new GantryError('NotFound', `There is no authorization ${record.id} here, or it is over. Begin a new one.`);
}
