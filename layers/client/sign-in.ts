import { GantryError } from '@gantry/contract/errors.ts';
import type { SignIn } from '@gantry/contract/schemas/identity.ts';

/** A started sign-in: where to send the person, and the data to keep until they return. */
export interface PendingSignIn {
  readonly url: string;
  readonly state: string;
  /** The secret that proves who started. RFC 7636, section 4.1. */
  readonly verifier: string;
  readonly redirectUrl: string;
}

/** Starts the authorization-code flow with PKCE (RFC 7636) for one of the registered redirect addresses. */
export async function beginSignIn(signIn: SignIn, redirectUrl: string): Promise<PendingSignIn> {
  const verifier = randomText();
  const state = randomText();
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier));
  const url = new URL(signIn.authorizeUrl);
  url.search = new URLSearchParams({
    response_type: 'code',
    client_id: signIn.clientId,
    redirect_uri: redirectUrl,
    scope: signIn.scopes.join(' '),
    state,
    code_challenge: base64Url(new Uint8Array(digest)),
    code_challenge_method: 'S256',
  }).toString();
  return { url: url.href, state, verifier, redirectUrl };
}

/** https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html */
interface TokenAnswer {
  readonly access_token: string;
  readonly refresh_token?: string;
  readonly expires_in: number;
}

export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string | undefined;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** Ends the flow: exchanges the address to which the person returned for tokens. Throws Unauthenticated for an answer to another request. */
export async function finishSignIn(signIn: SignIn, pending: PendingSignIn, returned: URL): Promise<Tokens> {
  const answer = returned.searchParams;
  const code = answer.get('code');
  if (code === null || answer.get('state') !== pending.state) {
    const why = answer.get('error_description') ?? answer.get('error') ?? 'the answer does not belong to this request';
    throw new GantryError('Unauthenticated', `The sign-in did not succeed: ${why}. Try again.`);
  }
  return requestTokens(signIn, {
    grant_type: 'authorization_code',
    code,
    redirect_uri: pending.redirectUrl,
    code_verifier: pending.verifier,
  });
}

/** Exchanges a refresh token for new tokens. A pool that rotates refresh tokens invalidates this one. */
export function refreshTokens(signIn: SignIn, refreshToken: string): Promise<Tokens> {
  return requestTokens(signIn, { grant_type: 'refresh_token', refresh_token: refreshToken });
}

/** Throws Unauthenticated for a refused grant. Throws Unavailable without a decision: the grant is then still valid. */
async function requestTokens(signIn: SignIn, parameters: Record<string, string>): Promise<Tokens> {
  const response = await fetch(signIn.tokenUrl, {
    method: 'POST',
    headers: { accept: 'application/json' },
    body: new URLSearchParams({ client_id: signIn.clientId, ...parameters }),
    signal: AbortSignal.timeout(15_000),
  }).catch((cause: unknown) => {
    throw new GantryError('Unavailable', `${new URL(signIn.tokenUrl).origin} does not answer. Try again.`, [], {
      cause,
    });
  });
  if (response.status >= 500 || response.status === 429)
    throw new GantryError('Unavailable', `The sign-in answered ${response.status}. Try again in a moment.`);
  if (!response.ok)
    throw new GantryError('Unauthenticated', 'The sign-in has expired or was already used. Sign in again.');
  const answer = (await response.json()) as TokenAnswer;
  return {
    accessToken: answer.access_token,
    refreshToken: answer.refresh_token,
    expiresAt: Date.now() + answer.expires_in * 1000,
  };
}

function randomText(): string {
  return base64Url(crypto.getRandomValues(new Uint8Array(32)));
}

function base64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}
