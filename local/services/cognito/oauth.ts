import type { Directory, PoolClient } from './directory.ts';
import type { Grants } from './grants.ts';
import { readForm, sendJson, type Visit } from './http.ts';
import type { Keys } from './keys.ts';
import type { TokenSet } from './tokens.ts';
import type { Users } from './users.ts';

/** The parts that the clients' endpoints use. */
export interface OAuthParts {
  readonly directory: Directory;
  readonly users: Users;
  readonly keys: Keys;
  readonly grants: Grants;
}

/** `/oauth2/token`: tokens for a code or a refresh token. */
export async function token({ directory, grants }: OAuthParts, visit: Visit): Promise<void> {
  const { response } = visit;
  const { form, client } = await clientForm(directory, visit);
  if (form === undefined) return sendJson(response, 400, { error: 'invalid_request' });
  if (client === undefined) return sendJson(response, 400, { error: 'invalid_client' });
  const grantType = form.get('grant_type');
  if (grantType !== 'authorization_code' && grantType !== 'refresh_token') {
    return sendJson(response, 400, { error: 'unsupported_grant_type' });
  }
  const set = await exchange(grants, form, client, grantType);
  if (set === undefined) sendJson(response, 400, { error: 'invalid_grant' });
  else sendJson(response, 200, set);
}

/** `/oauth2/revoke`: ends all tokens of a refresh token's sign-in. */
export async function revoke({ directory, grants }: OAuthParts, visit: Visit): Promise<void> {
  const { response } = visit;
  const { form, client } = await clientForm(directory, visit);
  if (form === undefined) return sendJson(response, 400, { error: 'invalid_request' });
  if (client === undefined) return sendJson(response, 400, { error: 'invalid_client' });
  grants.revoke(form.get('token') ?? '', client);
  response.writeHead(200, { 'cache-control': 'no-store' }).end();
}

/** `/oauth2/userInfo`: the user of a valid access token with the scope `openid`. */
export async function userInfo({ directory, users, keys, grants }: OAuthParts, visit: Visit): Promise<void> {
  const { request, response, domain } = visit;
  const poolId = directory.domains.get(domain) ?? '';
  const bearer = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const claims = bearer === undefined ? undefined : await keys.verify(poolId, bearer);
  const user = claims?.token_use === 'access' ? users.find(poolId, String(claims.sub)) : undefined;
  const scopes = String(claims?.scope).split(' ');
  const revoked = !grants.holds(String(claims?.origin_jti)) || (claims?.iat ?? 0) < Math.floor(user?.signedOutAt ?? 0);
  if (user === undefined || revoked || !scopes.includes('openid')) {
    response.setHeader('www-authenticate', 'Bearer error="invalid_token"');
    return sendJson(response, 401, {
      error: 'invalid_token',
      error_description: 'Access token is expired or invalid.',
    });
  }
  const { email_verified = 'false' } = user.attributes;
  sendJson(response, 200, { sub: user.sub, username: user.sub, email: user.email, email_verified });
}

/** The posted form, and its client if that belongs to the domain's pool. */
async function clientForm(directory: Directory, { request, domain }: Visit) {
  const form = request.method === 'POST' ? await readForm(request) : undefined;
  const client = directory.clients.get(form?.get('client_id') ?? '');
  return { form, client: client?.poolId === directory.domains.get(domain) ? client : undefined };
}

function exchange(
  grants: Grants,
  form: URLSearchParams,
  client: PoolClient,
  grantType: string,
): Promise<TokenSet | undefined> {
  const field = (name: string) => form.get(name) ?? '';
  if (grantType === 'refresh_token') return grants.refresh(field('refresh_token'), client);
  return grants.redeem(field('code'), client, field('redirect_uri'), field('code_verifier'));
}
