import { addAbortSignal } from 'node:stream';
import { GantryError } from '@gantry/contract/errors.ts';
import { readBytes, readJson } from '@gantry/outbound/body.ts';
import { type OutboundResponse, outboundFetch } from '@gantry/outbound/fetch.ts';
import * as z from 'zod';
import { BuildError } from '../build-error.ts';
import { INDEX_TYPES, MANIFEST_BYTES, MANIFEST_TYPES } from '../oci/manifest.ts';
import { isLoopback } from '../oci/registry.ts';
import type { Reference } from './reference.ts';

/** The time limit of one request, including its answer. */
const TIMEOUT_MS = 15 * 60_000;
const TOKEN_BYTES = 64 * 1024;

const Token = z.object({ token: z.string().optional(), access_token: z.string().optional() });

/** Another owner's registry, read without an account. Every method throws a `BuildError` that names the image. */
export interface SourceRegistry {
  /** A manifest or an index by tag or digest, unchanged. */
  manifest(version: string): Promise<{ readonly bytes: Buffer; readonly mediaType: string }>;
  /** A blob's content. The caller checks it and bounds its size. */
  blob(digest: string): Promise<AsyncIterable<Uint8Array>>;
}

/**
 * Opens the registry of an image. If `privateSources` is false, no host may have a private address: neither the
 * registry, nor a host to which it sends us for a token or for content. Sources: OCI distribution specification 1.1;
 * distribution.github.io, "Token Authentication Specification".
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
    new BuildError(`${name} is private or does not exist; Gantry copies only images that everybody can pull`);

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

  /** Gets an anonymous token that can only pull this repository, whatever scope the registry asks for. */
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
      throw new BuildError(`${realm.host} did not give a token for ${name}`);
    return text;
  }

  function refusal(status: number, path: string): BuildError {
    if (status === 401 || status === 403) return isPrivate();
    if (status === 404 && path.startsWith('manifests/'))
      return new BuildError(`there is no image ${name}; check its name and tag`);
    if (status === 429)
      return new BuildError(
        `${host} limits pulls of images, and refuses ${name} at the moment; try again later, or use another registry`,
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
