import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { cookie, redirect, type Visit } from '../http.ts';
import type { User } from '../users.ts';
import type { Authorization } from './authorization.ts';
import type { Challenge, Login, Session } from './context.ts';

/** How long an entered temporary password allows the choice of another, in milliseconds. */
const CHALLENGE_MS = 180_000;

/** How long managed login remembers a sign-in, in seconds. */
const SESSION_SECONDS = 3600;
const SESSIONS = 10_000;

/** Sets a cookie of a domain's pages. It lives as long as a session. */
export function setCookie({ response, domain }: Visit, name: string, value: string): void {
  writeCookie(response, domain, name, value, SESSION_SECONDS);
}

/** The session in the browser's cookie, if it belongs to this pool and is valid. */
export function sessionOf(
  { sessions, users, cookies }: Login,
  { request }: Visit,
  poolId: string,
): Session | undefined {
  const session = sessions.get(cookie(request, cookies.session) ?? '');
  const fresh = session !== undefined && session.authTime > Date.now() / 1000 - SESSION_SECONDS;
  const user = fresh && session.poolId === poolId ? users.find(poolId, session.sub) : undefined;
  return user !== undefined && session !== undefined && session.authTime >= user.signedOutAt ? session : undefined;
}

/** Signs a user in, and redirects the browser to the client with a code. */
export function openSession(login: Login, visit: Visit, asked: Authorization, user: User): void {
  const session = { poolId: asked.client.poolId, sub: user.sub, authTime: Date.now() / 1000 };
  setCookie(visit, login.cookies.session, remember(login.sessions, session));
  grantCode(login, visit, asked, session);
}

/** Redirects the browser to the client with a code for the session's user. */
export function grantCode({ grants }: Login, { response }: Visit, asked: Authorization, session: Session): void {
  const { client, redirectUri, scope, challenge, nonce, state } = asked;
  const code = grants.issueCode({
    poolId: client.poolId,
    clientId: client.id,
    sub: session.sub,
    redirectUri,
    scope,
    authTime: session.authTime,
    ...(challenge !== undefined && { challenge }),
    ...(nonce === null ? {} : { nonce }),
  });
  redirect(response, redirectUri, { code, state });
}

/** Deletes the browser's session and cookie. */
export function endSession({ sessions, cookies }: Login, { request, response, domain }: Visit): void {
  sessions.delete(cookie(request, cookies.session) ?? '');
  writeCookie(response, domain, cookies.session, '', 0);
}

/** Remembers that a user entered a temporary password; returns the challenge's id. */
export function openChallenge({ challenges }: Login, poolId: string, { sub }: User): string {
  return remember<Challenge>(challenges, { poolId, sub, until: Date.now() + CHALLENGE_MS });
}

function writeCookie(response: ServerResponse, domain: string, name: string, value: string, seconds: number): void {
  response.setHeader(
    'set-cookie',
    `${name}=${value}; Path=/sign-in/${domain}; HttpOnly; SameSite=Lax; Max-Age=${seconds}`,
  );
}

/** Keeps a value under a random id; above the limit the oldest is deleted. */
function remember<T>(values: Map<string, T>, value: T): string {
  const id = randomBytes(32).toString('base64url');
  values.set(id, value);
  const oldest = values.keys().next().value;
  if (values.size > SESSIONS && oldest !== undefined) values.delete(oldest);
  return id;
}
