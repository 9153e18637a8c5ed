import { openAsBlob } from 'node:fs';
import { type Image, MANIFEST_TYPE } from './image.ts';

/** How long one request to the registry may take. */
const TIMEOUT_MS = 5 * 60_000;

/** A repository as `docker push` names it, `<host>/<path>`, and how to get in. */
export interface Repository {
  readonly uri: string;
  /** The value of the `Authorization` header. */
  readonly authorization: string;
}

/**
 * Pushes an image by digest; blobs and a manifest that the registry has already are not sent again, so a repeat is cheap and
 * harmless. Returns the manifest's digest. Source: OCI distribution specification 1.1, "Push".
 */
export async function pushImage(repository: Repository, image: Image, signal: AbortSignal): Promise<string> {
  const registry = client(repository, signal);
  const { manifest, config, layers } = image;
  if (await registry.has(`manifests/${manifest.digest}`)) return manifest.digest;
  for (const layer of layers) {
    if (!(await registry.has(`blobs/${layer.digest}`)))
      await registry.upload(layer.digest, await openAsBlob(layer.path));
  }
  if (!(await registry.has(`blobs/${config.digest}`)))
    await registry.upload(config.digest, new Blob([new Uint8Array(config.bytes)]));
  await registry.request('PUT', registry.url(`manifests/${manifest.digest}`), [201], {
    headers: { 'content-type': MANIFEST_TYPE },
    body: new Uint8Array(manifest.bytes),
  });
  return manifest.digest;
}

function client(repository: Repository, signal: AbortSignal) {
  const slash = repository.uri.indexOf('/');
  const [host, name] = [repository.uri.slice(0, slash), repository.uri.slice(slash + 1)];
  const base = `${isLoopback(host) ? 'http' : 'https'}://${host}`;
  const url = (path: string): URL => new URL(`/v2/${name}/${path}`, base);

  async function request(
    method: string,
    to: URL,
    expected: readonly number[],
    init: RequestInit = {},
  ): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set('authorization', repository.authorization);
    const limit = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
    const response = await fetch(to, { ...init, method, headers, signal: limit, redirect: 'error' }).catch(
      (error: unknown) => {
        signal.throwIfAborted();
        throw new Error(`the registry at ${to.host} does not answer ${method} ${to.pathname}`, { cause: error });
      },
    );
    if (expected.includes(response.status)) {
      await response.body?.cancel();
      return response;
    }
    const answer = (await response.text()).slice(0, 300);
    throw new Error(`the registry answered ${response.status} to ${method} ${to.pathname}: ${answer}`);
  }

  return {
    url,
    request,
    async has(path: string): Promise<boolean> {
      const init = { headers: { accept: MANIFEST_TYPE } };
      return (await request('HEAD', url(path), [200, 404], init)).status === 200;
    },
    async upload(digest: string, content: Blob): Promise<void> {
      const begun = await request('POST', url('blobs/uploads/'), [202]);
      const location = new URL(begun.headers.get('location') ?? '', url('blobs/uploads/'));
      if (location.origin !== new URL(base).origin) {
        throw new Error(`the registry sends uploads to another host, ${location.host}`);
      }
      location.searchParams.set('digest', digest);
      await request('PUT', location, [201], { headers: { 'content-type': 'application/octet-stream' }, body: content });
    },
  };
}

/** A registry on this machine speaks plain HTTP, any other one TLS. */
function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/.test(host);
}
