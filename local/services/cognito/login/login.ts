import type { Kernel } from '../../../kernel/kernel.ts';
import type { Directory } from '../directory.ts';
import type { Grants } from '../grants.ts';
import { redirect, type Visit } from '../http.ts';
import type { OwnerFile } from '../owner.ts';
import { sendProblem } from '../pages.ts';
import { createThrottle } from '../throttle.ts';
import type { Users } from '../users.ts';
import { authorizationOf } from './authorization.ts';
import type { Login } from './context.ts';
import { askForLogin } from './forms.ts';
import { endSession, grantCode, sessionOf } from './session.ts';
import { submit } from './sign-in.ts';

export interface LoginPages {
  authorize(visit: Visit): void;
  login(visit: Visit): Promise<void>;
  logout(visit: Visit): void;
}

/** Managed login's pages. Source: Amazon Cognito Developer Guide, "User pool endpoints and managed login reference". */
export function createLoginPages(
  kernel: Kernel,
  directory: Directory,
  users: Users,
  grants: Grants,
  owners: OwnerFile,
): LoginPages {
  // Cookies ignore ports: two local clouds must not overwrite each other's.
  const { port } = new URL(kernel.addresses.aws);
  const login: Login = {
    directory,
    users,
    grants,
    owners,
    throttle: createThrottle(),
    sessions: new Map(),
    challenges: new Map(),
    cookies: { session: `cognito-${port}`, csrf: `XSRF-TOKEN-${port}` },
  };
  return {
    authorize: (visit) => authorize(login, visit),
    login: (visit) => showOrSubmit(login, visit),
    logout: (visit) => logout(login, visit),
  };
}

function authorize(login: Login, visit: Visit): void {
  const { response, url, domain } = visit;
  const asked = authorizationOf(login.directory, visit);
  if (asked === undefined) return;
  const session = url.searchParams.get('prompt') === 'login' ? undefined : sessionOf(login, visit, asked.client.poolId);
  if (session !== undefined) grantCode(login, visit, asked, session);
  else
    response.writeHead(302, { location: `/sign-in/${domain}/login${url.search}`, 'cache-control': 'no-store' }).end();
}

async function showOrSubmit(login: Login, visit: Visit): Promise<void> {
  const asked = authorizationOf(login.directory, visit);
  if (asked === undefined) return;
  if (visit.request.method === 'POST') await submit(login, visit, asked);
  else askForLogin(login, visit, { redirectUri: asked.redirectUri });
}

function logout(login: Login, visit: Visit): void {
  const { directory } = login;
  const { response, url, domain } = visit;
  const client = directory.clients.get(url.searchParams.get('client_id') ?? '');
  const target = url.searchParams.get('logout_uri') ?? '';
  const known = client !== undefined && client.poolId === directory.domains.get(domain);
  if (!known || !client.logoutUrls.includes(target)) {
    sendProblem(response, 400, 'The application may not sign out to this address (client_id, logout_uri).');
    return;
  }
  endSession(login, visit);
  redirect(response, target, {});
}
