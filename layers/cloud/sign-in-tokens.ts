import { GantryError } from '@gantry/contract/errors.ts';
import * as z from 'zod';
import { environment } from './environment.ts';

const TokenAnswer = z.object({
  access_token: z.string(),
  refresh_token: z.string().optional(),
  expires_in: z.number(),
});

/** The tokens that the user pool granted to the dashboard. */
export interface SignInTokens {
  readonly accessToken: string;
  /** Undefined when the used one stays valid. */
  readonly refreshToken: string | undefined;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** Exchanges the code of a sign-in for tokens. Throws Unauthenticated for a refused code. */
export function redeemCode(code: string, verifier: string, redirectUrl: string): Promise<SignInTokens> {
  return tokens({ grant_type: 'authorization_code', code, redirect_uri: redirectUrl, code_verifier: verifier });
}

/** Exchanges a refresh token for new tokens; the pool replaces it. Throws Unauthenticated for a used, expired or revoked one. */
export function renewTokens(refreshToken: string): Promise<SignInTokens> {
  return tokens({ grant_type: 'refresh_token', refresh_token: refreshToken });
}

/** Revokes a refresh token and its access tokens. */
export async function revokeTokens(refreshToken: string): Promise<void> {
  await post('revoke', { token: refreshToken });
}

/** https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html */
async function tokens(parameters: Record<string, string>): Promise<SignInTokens> {
  const response = await post('token', parameters);
  if (!response.ok)
    throw new GantryError('Unauthenticated', 'The sign-in has expired or was already used. Sign in again.');
  const answer = TokenAnswer.parse(await response.json());
  return {
    accessToken: answer.access_token,
    refreshToken: answer.refresh_token,
    expiresAt: Date.now() + answer.expires_in * 1000,
  };
}

async function post(endpoint: 'token' | 'revoke', parameters: Record<string, string>): Promise<Response> {
  const response = await fetch(`${environment('SIGN_IN_URL')}/oauth2/${endpoint}`, {
    method: 'POST',
    body: new URLSearchParams({ client_id: environment('DASHBOARD_CLIENT_ID'), ...parameters }),
    signal: AbortSignal.timeout(10_000),
  }).catch((cause: unknown) => {
    throw new GantryError('Unavailable', 'Sign-in is not available right now. Try again.', [], { cause });
  });
  if (response.status >= 500 || response.status === 429)
    throw new GantryError('Unavailable', 'Sign-in is not available right now. Try again.');
  return response;
}
