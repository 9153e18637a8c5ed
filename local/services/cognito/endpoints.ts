import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Kernel } from '../../kernel/kernel.ts';
import type { Mount } from '../../kernel/resource.ts';
import { type Directory, issuer, type PoolClient } from './directory.ts';
import type { Grants, TokenSet } from './grants.ts';
import { readForm, sendJson } from './http.ts';
import type { Keys } from './keys.ts';
import type { LoginPages } from './login.ts';
import { sendProblem } from './pages.ts';
import type { Users } from './users.ts';

/** Managed login under `/sign-in/<domain>/`, and the pool's public keys under `/<pool id>/.well-known/`. */
export function createEndpoints(
  kernel: Kernel,
  directory: Directory,
  users: Users,
  keys: Keys,
  grants: Grants,
  pages: LoginPages,
): Mount {
  async function clientForm(request: IncomingMessage, domain: string) {
    const form = request.method === 'POST' ? await readForm(request) : undefined;
    const client = directory.clients.get(form?.get('client_id') ?? '');
    return { form, client: client?.poolId === directory.domains.get(domain) ? client : undefined };
  }

  async function token(request: IncomingMessage, response: ServerResponse, domain: string): Promise<void> {
    const { form, client } = await clientForm(request, domain);
    if (form === undefined) return sendJson(response, 400, { error: 'invalid_request' });
    if (client === undefined) return sendJson(response, 400, { error: 'invalid_client' });
    const grantType = form.get('grant_type');
    if (grantType !== 'authorization_code' && grantType !== 'refresh_token') {
      return sendJson(response, 400, { error: 'unsupported_grant_type' });
    }
    const set = await exchange(form, client, grantType);
    if (set === undefined) sendJson(response, 400, { error: 'invalid_grant' });
    else sendJson(response, 200, set);
  }

  function exchange(form: URLSearchParams, client: PoolClient, grantType: string): Promise<TokenSet | undefined> {
    const field = (name: string) => form.get(name) ?? '';
    if (grantType === 'refresh_token') return grants.refresh(field('refresh_token'), client);
    return grants.redeem(field('code'), client, field('redirect_uri'), field('code_verifier'));
  }

  async function revoke(request: IncomingMessage, response: ServerResponse, domain: string): Promise<void> {
    const { form, client } = await clientForm(request, domain);
    if (form === undefined) return sendJson(response, 400, { error: 'invalid_request' });
    if (client === undefined) return sendJson(response, 400, { error: 'invalid_client' });
    grants.revoke(form.get('token') ?? '', client);
    response.writeHead(200, { 'cache-control': 'no-store' }).end();
  }

  async function userInfo(request: IncomingMessage, response: ServerResponse, domain: string): Promise<void> {
    const poolId = directory.domains.get(domain) ?? '';
    const bearer = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    const claims = bearer === undefined ? undefined : await keys.verify(poolId, bearer);
    const user = claims?.token_use === 'access' ? users.find(poolId, String(claims.sub)) : undefined;
    const scopes = String(claims?.scope).split(' ');
    const revoked =
      !grants.holds(String(claims?.origin_jti)) || (claims?.iat ?? 0) < Math.floor(user?.signedOutAt ?? 0);
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

  async function signIn(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const [, , domain = '', ...rest] = url.pathname.split('/');
    if (!directory.domains.has(domain)) return sendProblem(response, 404, 'There is no such sign-in domain.');
    const path = `/${rest.join('/')}`;
    const get = request.method === 'GET';
    if (path === '/oauth2/authorize' && get) return pages.authorize(request, response, url, domain);
    if (path === '/login' && (get || request.method === 'POST')) return pages.login(request, response, url, domain);
    if (path === '/logout' && get) return pages.logout(request, response, url, domain);
    if (path === '/oauth2/token') return token(request, response, domain);
    if (path === '/oauth2/revoke') return revoke(request, response, domain);
    if (path === '/oauth2/userInfo') return userInfo(request, response, domain);
    sendProblem(response, 404, `${request.method} ${path} is not emulated.`);
  }

  async function wellKnown(response: ServerResponse, path: string): Promise<void> {
    const [, poolId = '', , document] = path.split('/');
    if (document === 'jwks.json') return sendJson(response, 200, await keys.jwks(poolId));
    if (document !== 'openid-configuration') return sendJson(response, 404, { message: 'not found' });
    const domain = [...directory.domains].find(([, pool]) => pool === poolId)?.[0];
    const base = `${kernel.addresses.aws}/sign-in/${domain}`;
    sendJson(response, 200, {
      issuer: issuer(poolId),
      jwks_uri: `${kernel.addresses.aws}/${poolId}/.well-known/jwks.json`,
      authorization_endpoint: `${base}/oauth2/authorize`,
      token_endpoint: `${base}/oauth2/token`,
      userinfo_endpoint: `${base}/oauth2/userInfo`,
      revocation_endpoint: `${base}/oauth2/revoke`,
      end_session_endpoint: `${base}/logout`,
      response_types_supported: ['code'],
      code_challenge_methods_supported: ['S256'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
    });
  }

  const isWellKnown = (path: string) => {
    const [, poolId = '', folder] = path.split('/');
    return folder === '.well-known' && directory.pools.has(poolId);
  };

  return {
    on: 'aws',
    takes: (_host, path) => path.startsWith('/sign-in/') || isWellKnown(path),
    async request(request, response, url) {
      if (isWellKnown(url.pathname)) await wellKnown(response, url.pathname);
      else await signIn(request, response, url);
    },
  };
}
