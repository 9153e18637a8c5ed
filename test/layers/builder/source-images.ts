import type { IncomingMessage, ServerResponse } from 'node:http';
import { digestOf, listen } from './peers.ts';

export const OCI = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
};
export const DOCKER = {
  index: 'application/vnd.docker.distribution.manifest.list.v2+json',
  manifest: 'application/vnd.docker.distribution.manifest.v2+json',
  config: 'application/vnd.docker.container.image.v1+json',
  layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
};

/** Another owner's registry, which holds the repository `team/app`. */
export interface SourceImages extends AsyncDisposable {
  readonly host: string;
  /** Each request as `METHOD path`. */
  readonly requests: string[];
  readonly contents: Map<string, { readonly type: string; readonly bytes: Buffer }>;
  /** Adds a document or a blob under its digest, and a tag. Returns its descriptor. */
  add(type: string, content: object | Buffer, tag?: string): { mediaType: string; digest: string; size: number };
  /** Adds an image for a platform. Returns its manifest's descriptor. */
  image(
    architecture: string,
    types?: typeof OCI,
    more?: { layers?: Buffer[]; config?: object; tag?: string },
  ): ReturnType<SourceImages['add']>;
}

/** If `answer` returns true, it has answered the request itself. With `token`, requests need that token. */
export async function startSource(
  answer: (request: IncomingMessage, response: ServerResponse, host: string) => boolean = () => false,
  token?: string,
): Promise<SourceImages> {
  const requests: string[] = [];
  const contents: SourceImages['contents'] = new Map();
  const server = await listen((request, response) => {
    const { host = '', authorization } = request.headers;
    const url = new URL(request.url ?? '/', `http://${host}`);
    requests.push(`${request.method} ${url.pathname}${url.search}`);
    if (answer(request, response, host)) return;
    if (url.pathname === '/token') return void response.end(JSON.stringify({ token }));
    if (token !== undefined && authorization !== `Bearer ${token}`) {
      const challenge = `Bearer realm="http://${host}/token",service="images",scope="repository:team/other:pull,push"`;
      return void response.writeHead(401, { 'www-authenticate': challenge }).end();
    }
    const found = contents.get(/^\/v2\/team\/app\/(?:manifests|blobs)\/(.+)$/.exec(url.pathname)?.[1] ?? '');
    if (found === undefined) return void response.writeHead(404).end();
    response.writeHead(200, { 'content-type': found.type }).end(found.bytes);
  });
  const add: SourceImages['add'] = (type, content, tag) => {
    const bytes = Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content));
    const digest = digestOf(bytes);
    for (const name of [digest, ...(tag === undefined ? [] : [tag])]) contents.set(name, { type, bytes });
    return { mediaType: type, digest, size: bytes.length };
  };
  return {
    ...server,
    requests,
    contents,
    add,
    image(architecture, types = OCI, { layers = [Buffer.from('one'), Buffer.from('two')], config = {}, tag } = {}) {
      const described = add(types.config, {
        os: 'linux',
        architecture,
        config: { User: '1000', Cmd: ['run'], ...config },
      });
      const manifest = {
        schemaVersion: 2,
        mediaType: types.manifest,
        config: described,
        layers: layers.map((layer) => add(types.layer, layer)),
      };
      return add(types.manifest, manifest, tag);
    },
  };
}
