import { type Client, createClient } from '@gantry/client/client.ts';
import { refreshTokens } from '@gantry/client/sign-in.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { version } from '@gantry/contract/version.ts';
import { type Credential, type CredentialsFile, credentialsFile } from './credentials.ts';
import type { Surroundings } from './declare.ts';
import { findLink, type Link } from './link.ts';
import { serverOf } from './server.ts';

/** The API, called as one user. */
export interface Session {
  readonly api: string;
  readonly client: Client;
  /** A person may follow live; an API token polls. */
  readonly kind: Credential['kind'];
  /** The folder's link, if it is to this Gantry. */
  readonly link: Link | undefined;
}

/** An access token is renewed this long before its end, in milliseconds. */
const RENEW_MS = 60_000;

/**
 * Opens the API. The address is `--api`, `GANTRY_API`, the linked one, or that of the last sign-in. The credential is `GANTRY_TOKEN`, or the one that
 * `gantry login` stored for the address. Throws Unauthenticated without one.
 */
export async function openSession(context: Surroundings): Promise<Session> {
  const file = credentialsFile(context.env);
  const { current, servers } = await file.read();
  const link = (await findLink(context.folder))?.link;
  const given = context.api ?? nonEmpty(context.env.GANTRY_API);
  const token = nonEmpty(context.env.GANTRY_TOKEN);
  const session = (api: string, kind: Session['kind'], bearer: () => string | Promise<string>): Session => {
    return {
      api,
      kind,
      client: tellingLink(
        link?.api === api ? link : undefined,
        tellingSurroundings(api, context.env, tellingVersions(api, clientOf(api, bearer))),
      ),
      link: link?.api === api ? link : undefined,
    };
  };
  if (token !== undefined) {
    // Others may have written a folder's link: GANTRY_TOKEN goes only to an address that its owner named.
    const address = given ?? current;
    if (address === undefined)
      throw new GantryError('Invalid', 'GANTRY_TOKEN is set, but no address: set GANTRY_API too, or give --api.');
    return session(checkAddress(address), 'token', () => token);
  }
  const api = checkAddress(given ?? link?.api ?? current);
  const credential = servers[api];
  if (credential === undefined)
    throw new GantryError('Unauthenticated', `You are not signed in to ${api}. Run \`gantry login --api ${api}\`.`);
  if (credential.kind === 'token') return session(api, 'token', () => credential.token);
  let known = credential;
  return session(api, 'person', async () => {
    if (known.expiresAt - RENEW_MS < Date.now()) known = await context.interrupts.hold(() => renew(file, api));
    return known.accessToken;
  });
}

/** The API at an address, called with a credential, or without one for public routes. */
export function clientOf(api: string, token?: () => string | Promise<string>): Client {
  return createClient({ baseUrl: api, ...(token !== undefined && { token }) });
}

/** Explains faults between this machine and the server: a wrong clock, or an unused proxy. */
function tellingSurroundings(api: string, env: Surroundings['env'], client: Client): Client {
  return (operation, input) =>
    client(operation, input).catch(async (error: unknown) => {
      if (!(error instanceof GantryError)) throw error;
      const hint =
        error.kind === 'Unauthenticated' ? await clockText(api) : error.kind === 'Unavailable' ? proxyText(env) : '';
      if (hint === '') throw error;
      const { kind, message, fields, lines } = error;
      throw new GantryError(kind, `${message} ${hint}`, fields, { lines, cause: error });
    });
}

/** A clock that is off by more than this, in milliseconds, makes tokens invalid and logs hard to read. */
export const SKEW_MS = 30_000;

async function clockText(api: string): Promise<string> {
  const skew = (await serverOf(api))?.skewMs ?? 0;
  if (Math.abs(skew) <= SKEW_MS) return '';
  const minutes = Math.max(1, Math.round(Math.abs(skew) / 60_000));
  return `The clock of this machine is ${minutes} min ${skew > 0 ? 'ahead' : 'behind'}: set it.`;
}

function proxyText(env: Surroundings['env']): string {
  const name = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'].find(
    (one) => nonEmpty(env[one]) !== undefined,
  );
  if (name === undefined || env.NODE_USE_ENV_PROXY === '1') return '';
  return `${name} is set, and used only with NODE_USE_ENV_PROXY=1.`;
}

/** A server that does not understand a request may have another version: the error then says so. */
function tellingVersions(api: string, client: Client): Client {
  return (operation, input) =>
    client(operation, input).catch(async (error: unknown) => {
      throw error instanceof GantryError && mayBeOfVersion(error) ? await withVersions(api, error) : error;
    });
}

/** The linked records may be gone: the error then says so, with advice. */
function tellingLink(link: Link | undefined, client: Client): Client {
  if (link === undefined) return client;
  const ids = new Set([link.team, link.project, link.service, link.environment].map(({ id }) => id));
  return (operation, input) =>
    client(operation, input).catch((error: unknown) => {
      const [, what] = error instanceof GantryError ? (GONE.exec(error.message) ?? []) : [];
      const { params = {} } = input as { params?: Readonly<Record<string, string>> };
      if (what === undefined || !ids.has(params[`${what}Id`] ?? '')) throw error;
      const why = what === 'service' || what === 'environment' ? 'was deleted' : 'was deleted, or you are not a member';
      throw new GantryError('NotFound', `The linked ${what} ${why}: run \`gantry init\` or \`gantry link\`.`);
    });
}

const GONE = /^There is no such (team|project|service|environment)/;

function mayBeOfVersion({ kind, message }: GantryError): boolean {
  return ['Invalid', 'MethodNotAllowed', 'Internal'].includes(kind) || message.includes('without an explanation');
}

async function withVersions(api: string, error: GantryError): Promise<GantryError> {
  const server = await serverOf(api);
  if (server === undefined || server.version === version) return error;
  const { kind, message, fields, lines } = error;
  const versions = `The server is Gantry ${server.version} and this command ${version}: install @gantry/cli@${server.version}.`;
  return new GantryError(kind, `${message} ${versions}`, fields, { lines, cause: error });
}

type Person = Extract<Credential, { kind: 'person' }>;

/** Renews a person's tokens. A refresh token works once, so one process does it for all. */
async function renew(file: CredentialsFile, api: string): Promise<Person> {
  const again = () => new GantryError('Unauthenticated', `The sign-in has ended. Run \`gantry login --api ${api}\`.`);
  const { servers } = await file.update(async (now) => {
    const stored = now.servers[api];
    if (stored?.kind !== 'person' || stored.refreshToken === undefined) throw again();
    if (stored.expiresAt - RENEW_MS >= Date.now()) return now;
    const {
      accessToken,
      refreshToken = stored.refreshToken,
      expiresAt,
    } = await refreshedOr(again, api, stored.refreshToken);
    return { ...now, servers: { ...now.servers, [api]: { ...stored, accessToken, refreshToken, expiresAt } } };
  });
  const renewed = servers[api];
  if (renewed?.kind !== 'person') throw again();
  return renewed;
}

async function refreshedOr(again: () => GantryError, api: string, refreshToken: string) {
  const signIn = await clientOf(api)('signIn.get', {});
  try {
    return await refreshTokens(signIn, refreshToken);
  } catch (error) {
    throw error instanceof GantryError && error.kind === 'Unauthenticated' ? again() : error;
  }
}

/**
 * An address in its stored form: without a path and a final slash. Throws Invalid for a malformed one, and for one that would send tokens over a
 * network in clear text.
 */
export function checkAddress(address: string | undefined): string {
  if (address === undefined)
    throw new GantryError(
      'Unauthenticated',
      'You are not signed in. Run `gantry login --api <address of your Gantry>`.',
    );
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const local = url !== undefined && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
  if (url?.protocol !== 'https:' && !(url?.protocol === 'http:' && local)) {
    throw new GantryError(
      'Invalid',
      `${address} is no address of a Gantry: it must begin with https://, or with http:// on this machine.`,
    );
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === '' ? undefined : text.trim();
}
