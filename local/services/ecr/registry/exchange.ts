import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Kernel } from '../../../kernel/kernel.ts';
import type { Blobs } from '../blobs.ts';
import type { Images } from '../images.ts';
import { isDigest, isRepositoryName } from '../names.ts';
import type { Tokens } from '../tokens.ts';
import { RegistryError } from './errors.ts';

/** The parts that the registry uses. */
export interface Parts {
  readonly kernel: Kernel;
  readonly images: Images;
  readonly blobs: Blobs;
  readonly tokens: Tokens;
}

/** A request to a repository, and its answer. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly name: string;
  /** The part after the name: a digest, a tag or an upload's id. */
  readonly reference: string;
  /** Throws `AccessDeniedException` unless the caller may do all of these, and `RepositoryNotFoundException`. */
  allow(...actions: readonly string[]): void;
}

/** The handler of a route. */
export type Handler = (parts: Parts, exchange: Exchange) => Promise<void> | void;

/** `/v2/<name>/<part>/<reference>`; a name may hold slashes, so the part is searched from the end. */
export function split(path: string): { readonly name: string; readonly part: string; readonly reference: string } {
  const rest = path.slice('/v2/'.length);
  for (const part of ['/blobs/uploads/', '/blobs/', '/manifests/', '/tags/']) {
    const at = rest.lastIndexOf(part);
    const name = rest.slice(0, Math.max(at, 0));
    const reference = rest.slice(at + part.length);
    if (at < 0 || reference.includes('/')) continue;
    if (!isRepositoryName(name)) throw new RegistryError(400, 'NAME_INVALID', `'${name}' is not a repository's name`);
    if (part === '/blobs/' && !isDigest(reference))
      throw new RegistryError(400, 'DIGEST_INVALID', `'${reference}' is no digest`);
    return { name, part, reference };
  }
  throw new RegistryError(404, 'NAME_UNKNOWN', `nothing at ${path}`);
}

export function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'docker-distribution-api-version': 'registry/2.0' });
  response.end(JSON.stringify(body));
}
