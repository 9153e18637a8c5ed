import { randomBytes } from 'node:crypto';
import { type PoolClient, requirePool } from '../directory.ts';
import { cookie, type Visit } from '../http.ts';
import { sendLogin, sendNewPassword } from '../pages.ts';
import type { Login } from './context.ts';
import { setCookie } from './session.ts';

/** Shows the form for e-mail and password, and gives the browser a token for its answer. */
export function askForLogin(
  { cookies }: Login,
  visit: Visit,
  page: { readonly redirectUri: string; readonly username?: string; readonly error?: string },
): void {
  const { redirectUri, username = '', error } = page;
  const csrf = cookie(visit.request, cookies.csrf) ?? randomBytes(24).toString('base64url');
  setCookie(visit, cookies.csrf, csrf);
  sendLogin(visit.response, { action: actionOf(visit), csrf, username, error, redirectUri });
}

/** Shows the form for the password that replaces a temporary one. */
export function askForPassword(
  { cookies, directory }: Login,
  visit: Visit,
  page: {
    readonly client: PoolClient;
    readonly redirectUri: string;
    readonly challenge: string;
    readonly error?: string;
  },
): void {
  const { client, error, ...rest } = page;
  const csrf = cookie(visit.request, cookies.csrf) ?? '';
  const { policy } = requirePool(directory, client.poolId);
  sendNewPassword(visit.response, { ...rest, error, csrf, policy, action: actionOf(visit) });
}

function actionOf({ domain, url }: Visit): string {
  return `/sign-in/${domain}/login${url.search}`;
}
