import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { RegistryError } from './errors.ts';
import { type Exchange, type Handler, json, type Parts } from './exchange.ts';

/** Bytes that a manifest may have. */
const MANIFEST_LIMIT = 4 * 1024 * 1024;

/** The routes that read blobs, read and write manifests, and list tags. */
export const CONTENT: Readonly<Record<string, Handler>> = {
  'HEAD /blobs/'(parts, exchange) {
    exchange.allow('ecr:BatchCheckLayerAvailability');
    exchange.response.writeHead(200, blobHeaders(parts, exchange)).end();
  },
  async 'GET /blobs/'(parts, exchange) {
    exchange.allow('ecr:GetDownloadUrlForLayer');
    exchange.response.writeHead(200, blobHeaders(parts, exchange));
    await pipeline(createReadStream(parts.blobs.path(exchange.reference)), exchange.response);
  },
  'HEAD /manifests/': (parts, exchange) => sendManifest(parts, exchange, false),
  'GET /manifests/': (parts, exchange) => sendManifest(parts, exchange, true),
  'PUT /manifests/': putManifest,
  'GET /tags/'({ images }, exchange) {
    exchange.allow('ecr:ListImages');
    json(exchange.response, 200, { name: exchange.name, tags: [...images.tags(exchange.name).keys()] });
  },
};

function blobHeaders({ images, blobs }: Parts, { name, reference }: Exchange): Record<string, string | number> {
  const size = images.hasBlob(name, reference) ? blobs.size(reference) : undefined;
  if (size === undefined) throw new RegistryError(404, 'BLOB_UNKNOWN', `no blob ${reference} in ${name}`);
  return { 'content-length': size, 'content-type': 'application/octet-stream', 'docker-content-digest': reference };
}

function sendManifest({ images }: Parts, exchange: Exchange, withBody: boolean): void {
  exchange.allow('ecr:BatchGetImage');
  const image = images.image(exchange.name, exchange.reference);
  if (image === undefined) throw new RegistryError(404, 'MANIFEST_UNKNOWN', `no image ${exchange.reference}`);
  exchange.response.writeHead(200, {
    'content-type': image.mediaType,
    'content-length': Buffer.byteLength(image.manifest),
    'docker-content-digest': image.digest,
  });
  exchange.response.end(withBody ? image.manifest : undefined);
}

async function putManifest({ images }: Parts, exchange: Exchange): Promise<void> {
  const { request, response, name, reference } = exchange;
  exchange.allow('ecr:PutImage');
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    chunks.push(chunk as Buffer);
    const size = chunks.reduce((sum, { length }) => sum + length, 0);
    if (size > MANIFEST_LIMIT) throw new RegistryError(413, 'MANIFEST_INVALID', 'a manifest has at most 4 MB');
  }
  const mediaType = request.headers['content-type'] ?? 'application/vnd.oci.image.manifest.v1+json';
  const tag = reference.includes(':') ? undefined : reference;
  const content = Buffer.concat(chunks);
  const image = images.put(name, content, mediaType, tag, tag === undefined ? reference : undefined);
  response
    .writeHead(201, { location: `/v2/${name}/manifests/${image.digest}`, 'docker-content-digest': image.digest })
    .end();
}
