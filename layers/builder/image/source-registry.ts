import { addAbortSignal } from 'node:stream';
import { GantryError } from '@gantry/contract/errors.ts';
import { readBytes, readJson } from '@gantry/outbound/body.ts';
import { type OutboundResponse, outboundFetch } from '@gantry/outbound/fetch.ts';
import * as z from 'zod';
import { BuildError } from '../build-error.ts';
import { INDEX_TYPES, MANIFEST_BYTES, MANIFEST_TYPES } from '../oci/manifest.ts';
import { isLoopback } from '../oci/registry.ts';
import type { Reference } from './reference.ts';

/** How long one request may take, with all that it answers. */
const TIMEOUT_MS = 15 * 60_000;
const TOKEN_BYTES = 64 * 1024;

const Token = z.object({ token: z.string().optional(), access_token: z.string().optional() });

/** Somebody else's registry, read without an account. Everything throws a `BuildError`, which names the image. */
export interface SourceRegistry {
  /** A manifest or an index by tag or digest, as it is. */
  manifest(version: string): Promise<{ readonly bytes: Buffer; readonly mediaType: string }>;
  /** A blob's content, unchecked and without a bound. */
  blob(digest: string): Promise<AsyncIterable<Uint8Array>>;
}

/**
 * Opens the registry of an image. Where `privateSources` is false, neither it nor a host that it sends us to, for a token or for content, may
 * have a private address. Sources: OCI distribution specification 1.1; distribution.github.io, "Token Authentication Specification".
 */
export function openSource(
  reference: Reference,
  privateSources: boolean,
  signal: AbortSignal,
  fetch: typeof outboundFetch = outboundFetch,
): SourceRegistry {
  const { name, host, repository } = reference;
  const base = `${privateSources && isLoopback(host) ? 'http' : 'https'}://${host}/v2/${repository}/`;
  const options = { privateAddresses: privateSources, timeoutMs: TIMEOUT_MS };
  let token: string | undefined;

  const failed = (error: unknown): never => {
    signal.throwIfAborted();
    throw error instanceof GantryError ? new BuildError(`cannot copy ${name}: ${error.message}`) : error;
  };
  const isPrivate = () =>
    new BuildError(`${name} is private, or is not there: only images that everybody can pull are copied`);

  async function request(path: string, accept: string): Promise<OutboundResponse> {
    for (let asked = false; ; asked = true) {
      const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
      const response = await fetch(base + path, { headers: { accept, ...authorization } }, options).catch(failed);
      signal.throwIfAborted();
      if (response.status === 200) return response;
      response.body.destroy();
      if (response.status === 401 && !asked) token = await authorise(response.headers['www-authenticate'] ?? '');
      else throw refusal(response.status, path);
    }
  }

  /** Gets a token for nobody in particular, and only to pull this repository, whatever the registry asks for. */
  async function authorise(challenge: string): Promise<string> {
    const given = Object.fromEntries(
      [...challenge.matchAll(/\b(\w+)="([^"]*)"/g)].map(([, key, value]) => [key, value]),
    );
    const realm = /^bearer /i.test(challenge) ? URL.parse(given.realm ?? '') : null;
    if (realm === null) throw isPrivate();
    if (given.service !== undefined) realm.searchParams.set('service', given.service);
    realm.searchParams.set('scope', `repository:${repository}:pull`);
    const response = await fetch(realm, {}, options).catch(failed);
    if (response.status !== 200) {
      response.body.destroy();
      throw [400, 401, 403, 404].includes(response.status) ? isPrivate() : refusal(response.status, 'token');
    }
    const answer = Token.safeParse(await readJson(response, TOKEN_BYTES).catch(failed)).data;
    const text = answer?.token ?? answer?.access_token;
    if (text === undefined || !/^[\x21-\x7e]+$/.test(text))
      throw new BuildError(`${realm.host} gave no token for ${name}`);
    return text;
  }

  function refusal(status: number, path: string): BuildError {
    if (status === 401 || status === 403) return isPrivate();
    if (status === 404 && path.startsWith('manifests/'))
      return new BuildError(`there is no image ${name}; check its name and tag`);
    if (status === 429)
      return new BuildError(
        `${host} limits how often images are pulled, and refuses ${name} for now; try again later, or use another registry`,
      );
    return new BuildError(`${host} answered ${status} for ${name}; try again, or use another registry`);
  }

  return {
    async manifest(version) {
      const response = await request(`manifests/${version}`, [...MANIFEST_TYPES, ...INDEX_TYPES].join(', '));
      const bytes = await readBytes(response, MANIFEST_BYTES).catch(failed);
      return { bytes, mediaType: (response.headers['content-type'] ?? '').split(';')[0]?.trim() ?? '' };
    },
    async blob(digest) {
      const { body } = await request(`blobs/${digest}`, 'application/octet-stream, */*');
      return addAbortSignal(signal, body);
    },
  };
}
