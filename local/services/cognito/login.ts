import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Kernel } from '../../kernel/kernel.ts';
import { AwsError } from '../../kernel/service.ts';
import { type Directory, type PoolClient, requirePool } from './directory.ts';
import type { Grants } from './grants.ts';
import { cookie, readForm, redirect } from './http.ts';
import type { OwnerFile } from './owner.ts';
import { sendLogin, sendNewPassword, sendProblem } from './pages.ts';
import { checkPolicy } from './password.ts';
import { createThrottle } from './throttle.ts';
import type { User, Users } from './users.ts';

/** An authorization request that holds: its client and redirect address are known. */
interface Authorization {
  readonly client: PoolClient;
  readonly redirectUri: string;
  readonly scope: string;
  /** Cognito asks no client for PKCE: the clients bring it (docs/decisions/0020-pkce-by-our-clients.md). */
  readonly challenge: string | undefined;
  readonly state: string | null;
  readonly nonce: string | null;
}

interface Session {
  readonly poolId: string;
  readonly sub: string;
  readonly authTime: number;
}

/** Somebody who gave a temporary password and must choose another. */
interface Challenge {
  readonly poolId: string;
  readonly sub: string;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** Milliseconds for which a temporary password that was given lets one choose another. */
const CHALLENGE_MS = 180_000;

/** Seconds for which managed login remembers who signed in. */
const SESSION_SECONDS = 3600;
const SESSIONS = 10_000;

export interface LoginPages {
  authorize(request: IncomingMessage, response: ServerResponse, url: URL, domain: string): void;
  login(request: IncomingMessage, response: ServerResponse, url: URL, domain: string): Promise<void>;
  logout(request: IncomingMessage, response: ServerResponse, url: URL, domain: string): void;
}

/** Managed login's pages. Source: Amazon Cognito Developer Guide, "User pool endpoints and managed login reference". */
export function createLoginPages(
  kernel: Kernel,
  directory: Directory,
  users: Users,
  grants: Grants,
  owners: OwnerFile,
): LoginPages {
  const sessions = new Map<string, Session>();
  const challenges = new Map<string, Challenge>();
  const throttle = createThrottle();
  // Cookies do not tell ports apart: two local clouds side by side must not take each other's.
  const { port } = new URL(kernel.addresses.aws);
  const names = { session: `cognito-${port}`, csrf: `XSRF-TOKEN-${port}` };
  const setCookie = (name: string, value: string, domain: string, seconds: number) =>
    `${name}=${value}; Path=/sign-in/${domain}; HttpOnly; SameSite=Lax; Max-Age=${seconds}`;

  /** Answers the error itself, and undefined, where the request does not hold (RFC 6749, 4.1.2.1). */
  function check(response: ServerResponse, { searchParams: given }: URL, domain: string): Authorization | undefined {
    const client = directory.clients.get(given.get('client_id') ?? '');
    const redirectUri = given.get('redirect_uri') ?? '';
    if (client === undefined || client.poolId !== directory.domains.get(domain)) {
      sendProblem(response, 400, 'The application is not known here (client_id).');
      return undefined;
    }
    if (!client.callbackUrls.includes(redirectUri)) {
      sendProblem(response, 400, 'The application may not be called back at this address (redirect_uri).');
      return undefined;
    }
    const state = given.get('state');
    const refuse = (error: string, error_description: string) => {
      redirect(response, redirectUri, { error, error_description, state });
      return undefined;
    };
    const challenge = given.get('code_challenge') ?? undefined;
    const method = given.get('code_challenge_method') ?? undefined;
    const scope = given.get('scope') ?? client.scopes.join(' ');
    if (given.get('response_type') !== 'code') return refuse('unsupported_response_type', 'response_type must be code');
    const asked = challenge !== undefined || method !== undefined;
    if (asked && (method !== 'S256' || !/^[\w-]{43}$/.test(challenge ?? '')))
      return refuse('invalid_request', 'PKCE takes a code_challenge with code_challenge_method S256');
    if (scope.split(' ').some((one) => !client.scopes.includes(one)))
      return refuse('invalid_scope', 'a scope is not allowed');
    return { client, redirectUri, scope, challenge, state, nonce: given.get('nonce') };
  }

  function grant(response: ServerResponse, asked: Authorization, { sub, authTime }: Session): void {
    const { client, redirectUri, scope, challenge, nonce, state } = asked;
    const code = grants.issueCode({
      poolId: client.poolId,
      clientId: client.id,
      sub,
      redirectUri,
      scope,
      authTime,
      ...(challenge !== undefined && { challenge }),
      ...(nonce === null ? {} : { nonce }),
    });
    redirect(response, redirectUri, { code, state });
  }

  function sessionOf(request: IncomingMessage, poolId: string): Session | undefined {
    const session = sessions.get(cookie(request, names.session) ?? '');
    const fresh = session !== undefined && session.authTime > Date.now() / 1000 - SESSION_SECONDS;
    const user = fresh && session.poolId === poolId ? users.find(poolId, session.sub) : undefined;
    return user !== undefined && session !== undefined && session.authTime >= user.signedOutAt ? session : undefined;
  }

  function showForm(
    request: IncomingMessage,
    response: ServerResponse,
    domain: string,
    page: { readonly url: URL; readonly redirectUri: string; readonly username?: string; readonly error?: string },
  ): void {
    const csrf = cookie(request, names.csrf) ?? randomBytes(24).toString('base64url');
    response.setHeader('set-cookie', setCookie(names.csrf, csrf, domain, SESSION_SECONDS));
    const action = `/sign-in/${domain}/login${page.url.search}`;
    sendLogin(response, {
      action,
      csrf,
      username: page.username ?? '',
      error: page.error,
      redirectUri: page.redirectUri,
    });
  }

  async function signIn(
    request: IncomingMessage,
    response: ServerResponse,
    url: URL,
    domain: string,
    asked: Authorization,
  ) {
    const form = await readForm(request);
    const { redirectUri, client } = asked;
    if (form === undefined || !sameToken(form.get('_csrf'), cookie(request, names.csrf))) {
      showForm(request, response, domain, {
        url,
        redirectUri,
        error: 'This page was open for too long. Please try again.',
      });
      return;
    }
    if (form.has('challenge')) return choosePassword(request, response, url, domain, asked, form);
    const username = form.get('username') ?? '';
    // One count for an account, by whichever of its names it is called.
    const name = `${client.poolId}/${users.find(client.poolId, username)?.sub ?? username.toLowerCase()}`;
    const again = (error: string) => showForm(request, response, domain, { url, redirectUri, username, error });
    if (throttle.wait(name) > 0) {
      const seconds = Math.ceil(throttle.wait(name) / 1000);
      return again(`Too many failed attempts. Try again in ${seconds} s.`);
    }
    // Counted before it is checked: attempts made side by side must not share one count.
    throttle.failed(name);
    const user = await users.authenticate(client.poolId, username, form.get('password') ?? '');
    if (user === undefined) return again('Incorrect e-mail or password.');
    throttle.succeeded(name);
    if (user.status === 'CONFIRMED') return open(response, domain, asked, user);
    const challenge = remember(challenges, { poolId: client.poolId, sub: user.sub, until: Date.now() + CHALLENGE_MS });
    askForPassword(request, response, { url, domain, client, redirectUri, challenge });
  }

  /** Sets the password that is to stand in place of a temporary one, once. */
  async function choosePassword(
    request: IncomingMessage,
    response: ServerResponse,
    url: URL,
    domain: string,
    asked: Authorization,
    form: URLSearchParams,
  ) {
    const { redirectUri, client } = asked;
    const challenge = form.get('challenge') ?? '';
    const password = form.get('new_password') ?? '';
    const given = challenges.get(challenge);
    const pool = directory.pools.get(client.poolId);
    if (given === undefined || pool === undefined || given.poolId !== pool.id || given.until < Date.now()) {
      const error = 'This page was open for too long. Please sign in again.';
      return showForm(request, response, domain, { url, redirectUri, error });
    }
    try {
      checkPolicy(password, pool.policy);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      return askForPassword(request, response, {
        url,
        domain,
        client,
        redirectUri,
        challenge,
        error: sentenceOf(error),
      });
    }
    challenges.delete(challenge);
    const user = users.require(pool.id, given.sub);
    await users.setPassword(pool.id, user, password, true);
    owners.remove(user.email);
    open(response, domain, asked, user);
  }

  function askForPassword(
    request: IncomingMessage,
    response: ServerResponse,
    page: {
      readonly url: URL;
      readonly domain: string;
      readonly client: PoolClient;
      readonly redirectUri: string;
      readonly challenge: string;
      readonly error?: string;
    },
  ): void {
    const { url, domain, client, error, ...rest } = page;
    const csrf = cookie(request, names.csrf) ?? '';
    const { policy } = requirePool(directory, client.poolId);
    sendNewPassword(response, { ...rest, error, csrf, policy, action: `/sign-in/${domain}/login${url.search}` });
  }

  function open(response: ServerResponse, domain: string, asked: Authorization, user: User): void {
    const { client } = asked;
    const session = { poolId: client.poolId, sub: user.sub, authTime: Date.now() / 1000 };
    const id = remember(sessions, session);
    response.setHeader('set-cookie', setCookie(names.session, id, domain, SESSION_SECONDS));
    grant(response, asked, session);
  }

  return {
    authorize(request, response, url, domain) {
      const asked = check(response, url, domain);
      if (asked === undefined) return;
      const session = url.searchParams.get('prompt') === 'login' ? undefined : sessionOf(request, asked.client.poolId);
      if (session !== undefined) grant(response, asked, session);
      else
        response
          .writeHead(302, { location: `/sign-in/${domain}/login${url.search}`, 'cache-control': 'no-store' })
          .end();
    },
    async login(request, response, url, domain) {
      const asked = check(response, url, domain);
      if (asked === undefined) return;
      if (request.method === 'POST') await signIn(request, response, url, domain, asked);
      else showForm(request, response, domain, { url, redirectUri: asked.redirectUri });
    },
    logout(request, response, url, domain) {
      const client = directory.clients.get(url.searchParams.get('client_id') ?? '');
      const target = url.searchParams.get('logout_uri') ?? '';
      if (
        client === undefined ||
        client.poolId !== directory.domains.get(domain) ||
        !client.logoutUrls.includes(target)
      ) {
        sendProblem(response, 400, 'The application may not sign out to this address (client_id, logout_uri).');
        return;
      }
      sessions.delete(cookie(request, names.session) ?? '');
      response.setHeader('set-cookie', setCookie(names.session, '', domain, 0));
      redirect(response, target, {});
    },
  };
}

/** The page has a heading: Cognito's own words before the rule that was broken say nothing more. */
function sentenceOf({ message }: AwsError): string {
  return `${message.slice(message.indexOf(': ') + 2)}.`;
}

/** Keeps a value under a random id; of too many the oldest goes. */
function remember<T>(values: Map<string, T>, value: T): string {
  const id = randomBytes(32).toString('base64url');
  values.set(id, value);
  const oldest = values.keys().next().value;
  if (values.size > SESSIONS && oldest !== undefined) values.delete(oldest);
  return id;
}

function sameToken(given: string | null, expected: string | undefined): boolean {
  if (given === null || expected === undefined || given.length !== expected.length) return false;
  return timingSafeEqual(Buffer.from(given), Buffer.from(expected));
}
