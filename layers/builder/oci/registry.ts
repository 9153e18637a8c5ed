import { openAsBlob } from 'node:fs';
import { ReadableStream as NodeStream } from 'node:stream/web';
import { type Image, MANIFEST_TYPE } from './image.ts';
import { MANIFEST_TYPES } from './manifest.ts';

/** The time limit of one request to the registry, including its body. */
const TIMEOUT_MS = 15 * 60_000;

/** A repository as `docker push` names it, `<host>/<path>`, and its credentials. */
export interface Repository {
  readonly uri: string;
  /** The value of the `Authorization` header. */
  readonly authorization: string;
}

/**
 * A repository for pushing images. Paths are relative to the repository. Source: OCI distribution specification 1.1.
 */
export interface Registry {
  /** Whether the repository has a blob or a manifest: `blobs/<digest>`, `manifests/<digest>`. */
  has(path: string): Promise<boolean>;
  /** The content of a blob or a manifest. Throws if it has more than `limit` bytes. */
  read(path: string, limit: number): Promise<Buffer>;
  upload(digest: string, content: Blob): Promise<void>;
  /**
   * Uploads a stream without buffering it. If `content` fails, the registry keeps nothing, and this throws the error of
   * `content`.
   */
  stream(digest: string, content: AsyncIterable<Uint8Array>): Promise<void>;
  putManifest(digest: string, mediaType: string, bytes: Buffer): Promise<void>;
}

/**
 * Pushes an image by digest. Blobs and manifests that the registry has already are not sent again, so a retry is cheap
 * and changes nothing. Returns the manifest's digest.
 */
export async function pushImage(repository: Repository, image: Image, signal: AbortSignal): Promise<string> {
  const registry = openRegistry(repository, signal);
  const { manifest, config, layers } = image;
  if (await registry.has(`manifests/${manifest.digest}`)) return manifest.digest;
  for (const layer of layers) {
    if (!(await registry.has(`blobs/${layer.digest}`)))
      await registry.upload(layer.digest, await openAsBlob(layer.path));
  }
  if (!(await registry.has(`blobs/${config.digest}`)))
    await registry.upload(config.digest, new Blob([new Uint8Array(config.bytes)]));
  await registry.putManifest(manifest.digest, MANIFEST_TYPE, manifest.bytes);
  return manifest.digest;
}

export function openRegistry(repository: Repository, signal: AbortSignal): Registry {
  const slash = repository.uri.indexOf('/');
  const [host, name] = [repository.uri.slice(0, slash), repository.uri.slice(slash + 1)];
  const base = `${isLoopback(host) ? 'http' : 'https'}://${host}`;
  const url = (path: string): URL => new URL(`/v2/${name}/${path}`, base);

  /**
   * Never follows a redirect while sending: credentials do not go to another host.
   * https://fetch.spec.whatwg.org/#http-redirect-fetch
   */
  async function request(
    method: string,
    to: URL,
    expected: readonly number[],
    init: RequestInit & { readonly duplex?: 'half' } = {},
  ): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set('authorization', repository.authorization);
    const limit = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
    const response = await fetch(to, { redirect: 'error', ...init, method, headers, signal: limit }).catch(
      (error: unknown) => {
        signal.throwIfAborted();
        throw new Error(`the registry at ${to.host} did not answer ${method} ${to.pathname}`, { cause: error });
      },
    );
    if (expected.includes(response.status)) return response;
    const answer = (await response.text()).slice(0, 300);
    throw new Error(`the registry answered ${response.status} to ${method} ${to.pathname}: ${answer}`);
  }

  async function discard(response: Promise<Response>): Promise<Response> {
    const answer = await response;
    await answer.body?.cancel();
    return answer;
  }

  async function begin(): Promise<URL> {
    return next(await discard(request('POST', url('blobs/uploads/'), [202])));
  }

  /** The address at which an upload continues. */
  function next(response: Response): URL {
    const location = new URL(response.headers.get('location') ?? '', url('blobs/uploads/'));
    if (location.origin === new URL(base).origin) return location;
    throw new Error(`the registry sends uploads to another host, ${location.host}`);
  }

  async function finish(location: URL, digest: string, body?: Blob): Promise<void> {
    location.searchParams.set('digest', digest);
    const headers = { 'content-type': 'application/octet-stream' };
    await discard(request('PUT', location, [201], { headers, ...(body !== undefined && { body }) }));
  }

  return {
    async has(path) {
      const init = { headers: { accept: MANIFEST_TYPES.join(', ') } };
      return (await discard(request('HEAD', url(path), [200, 404], init))).status === 200;
    },
    async read(path, limit) {
      const init = { headers: { accept: MANIFEST_TYPES.join(', ') }, redirect: 'follow' } as const;
      const { body } = await request('GET', url(path), [200], init);
      const chunks: Uint8Array[] = [];
      let bytes = 0;
      for await (const chunk of body ?? []) {
        bytes += chunk.length;
        if (bytes > limit) throw new Error(`the registry's ${path} has more than ${limit} bytes`);
        chunks.push(chunk);
      }
      return Buffer.concat(chunks);
    },
    upload: async (digest, content) => finish(await begin(), digest, content),
    async stream(digest, content) {
      let failure: unknown;
      async function* passing() {
        try {
          yield* content;
        } catch (error) {
          failure = error;
          throw error;
        }
      }
      const headers = { 'content-type': 'application/octet-stream' };
      const init = { headers, body: NodeStream.from(passing()) as unknown as ReadableStream, duplex: 'half' } as const;
      // The specification says 202, but ECR answers 201: https://github.com/aws/containers-roadmap/issues/2831
      const sent = discard(request('PATCH', await begin(), [201, 202], init)).catch((error: unknown) => {
        throw failure ?? error;
      });
      await finish(next(await sent), digest);
    },
    async putManifest(digest, mediaType, bytes) {
      const init = { headers: { 'content-type': mediaType }, body: new Uint8Array(bytes) };
      await discard(request('PUT', url(`manifests/${digest}`), [201], init));
    },
  };
}

/** A registry on this machine speaks plain HTTP, every other registry TLS. `host` may have a port. */
export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/.test(host);
}
