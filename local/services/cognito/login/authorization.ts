import type { Directory, PoolClient } from '../directory.ts';
import { redirect, type Visit } from '../http.ts';
import { sendProblem } from '../pages.ts';

/** A valid authorization request: its client and redirect address are known. */
export interface Authorization {
  readonly client: PoolClient;
  readonly redirectUri: string;
  readonly scope: string;
  /** Cognito does not require PKCE: our clients use it (docs/decisions/0020-pkce-by-our-clients.md). */
  readonly challenge: string | undefined;
  readonly state: string | null;
  readonly nonce: string | null;
}

/** Answers the error itself and returns undefined for an invalid request (RFC 6749, 4.1.2.1). */
export function authorizationOf(directory: Directory, { response, url, domain }: Visit): Authorization | undefined {
  const { searchParams: given } = url;
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
