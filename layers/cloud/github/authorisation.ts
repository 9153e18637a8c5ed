import { GantryError } from '@gantry/contract/errors.ts';
import { readJson } from '@gantry/outbound/body.ts';
import { outboundFetch } from '@gantry/outbound/fetch.ts';
import * as z from 'zod';
import { type GitHub, githubJson, parsed } from './request.ts';

const TIMEOUT_MS = 15_000;
const MAX_BYTES = 64 * 1024;
const PAGE = 100;
/** A person with more installations than ten pages sees the first ones. */
const MAX_PAGES = 10;

export interface Authorisation {
  readonly redirectUrl: string;
  readonly state: string;
  /** SHA-256 of the verifier in base64url. RFC 7636, section 4.2. */
  readonly challenge: string;
}

/**
 * The page where a person authorises this App.
 * https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-user-access-token-for-a-github-app
 */
export function authorizeUrl({ app }: GitHub, { redirectUrl, state, challenge }: Authorisation): string {
  const query = new URLSearchParams({
    client_id: app.clientId,
    redirect_uri: redirectUrl,
    state,
    code_challenge: challenge,
    code_challenge_method: 'S256',
  });
  return `${app.webUrl}/login/oauth/authorize?${query}`;
}

/** The page where a person installs the App, or changes its installation; GitHub returns `state`. */
export function installUrl({ app }: GitHub, state: string): string {
  return `${app.webUrl}/apps/${encodeURIComponent(app.slug)}/installations/new?${new URLSearchParams({ state })}`;
}

/** GitHub answers 200 to a code that it refuses. */
const TokenAnswer = z.union([
  z.object({ access_token: z.string() }),
  z.object({ error: z.string(), error_description: z.string().optional() }),
]);

/**
 * Exchanges the code with which a person returned for their token. Throws Unauthenticated when GitHub refuses it: a code works once, for ten minutes.
 */
export async function exchangeCode(
  { app, privateAddresses }: GitHub,
  { code, verifier, redirectUrl }: { readonly code: string; readonly verifier: string; readonly redirectUrl: string },
): Promise<string> {
  const body = new URLSearchParams({
    client_id: app.clientId,
    client_secret: app.clientSecret,
    code,
    redirect_uri: redirectUrl,
    code_verifier: verifier,
  }).toString();
  const headers = { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' };
  const response = await outboundFetch(
    `${app.webUrl}/login/oauth/access_token`,
    { method: 'POST', headers, body },
    { privateAddresses, timeoutMs: TIMEOUT_MS },
  );
  if (response.status >= 500) {
    response.body.destroy();
    throw new GantryError('Unavailable', 'GitHub is not available right now. Try again.');
  }
  const answer = parsed(await readJson(response, MAX_BYTES), TokenAnswer);
  if ('access_token' in answer) return answer.access_token;
  const why = answer.error_description ?? answer.error;
  throw new GantryError('Unauthenticated', `GitHub did not confirm who you are: ${why.slice(0, 200)} Authorise again.`);
}

export interface Installation {
  readonly id: number;
  /** The organisation or person whose repositories the App is installed on. */
  readonly account: string;
  readonly accountType: string;
  /** Whether it has all repositories of the account, or selected ones. */
  readonly repositorySelection: 'all' | 'selected';
  readonly suspended: boolean;
}

const Installations = z.object({
  installations: z.array(
    z.object({
      id: z.number(),
      account: z.object({ login: z.string(), type: z.string() }),
      repository_selection: z.enum(['all', 'selected']),
      suspended_at: z.string().nullish(),
    }),
  ),
});

/** The installations of the App to which a person has access, up to a thousand. https://docs.github.com/rest/apps/installations */
export async function userInstallations(github: GitHub, userToken: string): Promise<Installation[]> {
  const found: Installation[] = [];
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const path = `/user/installations?per_page=${PAGE}&page=${page}`;
    const call = { path, token: userToken, what: 'the installations that you have access to' };
    const { installations } = await githubJson(github, call, Installations);
    for (const { id, account, repository_selection, suspended_at } of installations) {
      found.push({
        id,
        account: account.login,
        accountType: account.type,
        repositorySelection: repository_selection,
        suspended: typeof suspended_at === 'string',
      });
    }
    if (installations.length < PAGE) break;
  }
  return found;
}
