import type { Kernel } from '../../kernel/kernel.ts';
import type { Mount } from '../../kernel/resource.ts';
import type { Directory } from './directory.ts';
import type { Grants } from './grants.ts';
import type { Visit } from './http.ts';
import type { Keys } from './keys.ts';
import type { LoginPages } from './login/login.ts';
import { type OAuthParts, revoke, token, userInfo } from './oauth.ts';
import { sendProblem } from './pages.ts';
import type { Users } from './users.ts';
import { isWellKnown, wellKnown } from './well-known.ts';

/** Managed login under `/sign-in/<domain>/`, and the pool's public keys under `/<pool id>/.well-known/`. */
export function createEndpoints(
  kernel: Kernel,
  directory: Directory,
  users: Users,
  keys: Keys,
  grants: Grants,
  pages: LoginPages,
): Mount {
  const parts = { kernel, directory, users, keys, grants };
  return {
    on: 'aws',
    takes: (_host, path) => path.startsWith('/sign-in/') || isWellKnown(directory, path),
    async request(request, response, url) {
      if (isWellKnown(directory, url.pathname)) return wellKnown(parts, response, url.pathname);
      const [, , domain = '', ...rest] = url.pathname.split('/');
      await route(parts, pages, { request, response, url, domain }, `/${rest.join('/')}`);
    },
  };
}

/** Answers a request below `/sign-in/<domain>`; `path` is what follows the domain. */
async function route(parts: OAuthParts, pages: LoginPages, visit: Visit, path: string): Promise<void> {
  const { request, response, domain } = visit;
  if (!parts.directory.domains.has(domain)) return sendProblem(response, 404, 'There is no such sign-in domain.');
  const get = request.method === 'GET';
  if (path === '/oauth2/authorize' && get) return pages.authorize(visit);
  if (path === '/login' && (get || request.method === 'POST')) return pages.login(visit);
  if (path === '/logout' && get) return pages.logout(visit);
  if (path === '/oauth2/token') return token(parts, visit);
  if (path === '/oauth2/revoke') return revoke(parts, visit);
  if (path === '/oauth2/userInfo') return userInfo(parts, visit);
  sendProblem(response, 404, `${request.method} ${path} is not emulated.`);
}
