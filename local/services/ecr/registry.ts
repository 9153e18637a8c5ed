import { createReadStream } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Principal } from '../../kernel/iam.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { Mount } from '../../kernel/resource.ts';
import { AwsError } from '../../kernel/service.ts';
import { beforeAnswer } from '../../wire/answer.ts';
import type { Blobs, Upload } from './blobs.ts';
import type { Images } from './images.ts';
import { isDigest, isRepositoryName, repositoryArn } from './names.ts';
import type { Tokens } from './tokens.ts';

/** Bytes that a manifest may have. */
const MANIFEST_LIMIT = 4 * 1024 * 1024;

/** An error of the distribution specification. */
class RegistryError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly name: string;
  /** What follows the name: a digest, a tag or an upload's id. */
  readonly reference: string;
  allow(...actions: readonly string[]): void;
}

/** The image registry under `/v2/`. Source: OCI Distribution Specification 1.1. Each step is checked as ECR checks it. */
export function createRegistry(kernel: Kernel, images: Images, blobs: Blobs, tokens: Tokens): Mount {
  const routes: Readonly<Record<string, (exchange: Exchange) => Promise<void> | void>> = {
    'POST /blobs/uploads/': (exchange) => beginUpload(exchange),
    'GET /blobs/uploads/': (exchange) => {
      exchange.allow('ecr:UploadLayerPart');
      accepted(exchange, uploadOf(exchange), 204);
    },
    'PATCH /blobs/uploads/': (exchange) => patchUpload(exchange),
    'PUT /blobs/uploads/': (exchange) => finishUpload(exchange),
    'DELETE /blobs/uploads/': (exchange) => {
      exchange.allow('ecr:UploadLayerPart');
      blobs.cancel(uploadOf(exchange));
      exchange.response.writeHead(204).end();
    },
    'HEAD /blobs/': (exchange) => {
      exchange.allow('ecr:BatchCheckLayerAvailability');
      exchange.response.writeHead(200, blobHeaders(exchange)).end();
    },
    'GET /blobs/': async (exchange) => {
      exchange.allow('ecr:GetDownloadUrlForLayer');
      exchange.response.writeHead(200, blobHeaders(exchange));
      await pipeline(createReadStream(blobs.path(exchange.reference)), exchange.response);
    },
    'HEAD /manifests/': (exchange) => sendManifest(exchange, false),
    'GET /manifests/': (exchange) => sendManifest(exchange, true),
    'PUT /manifests/': (exchange) => putManifest(exchange),
    'GET /tags/': (exchange) => {
      exchange.allow('ecr:ListImages');
      json(exchange.response, 200, { name: exchange.name, tags: [...images.tags(exchange.name).keys()] });
    },
  };

  function uploadOf({ name, reference }: Exchange): Upload {
    const upload = blobs.upload(reference);
    if (upload?.repository !== name) throw new RegistryError(404, 'BLOB_UPLOAD_UNKNOWN', `no upload ${reference}`);
    if (upload.busy) throw new RegistryError(409, 'BLOB_UPLOAD_INVALID', 'the upload is being written to');
    return upload;
  }

  async function beginUpload(exchange: Exchange): Promise<void> {
    const { request, response, url, name } = exchange;
    const mount = url.searchParams.get('mount');
    const from = url.searchParams.get('from');
    const digest = url.searchParams.get('digest');
    exchange.allow('ecr:InitiateLayerUpload');
    if (mount !== null && from !== null && isDigest(mount) && images.hasBlob(from, mount)) {
      const available = repositoryArn(from);
      const principal = tokens.identify(request.headers.authorization);
      if (principal !== undefined)
        kernel.iam.require(principal, { action: 'ecr:GetDownloadUrlForLayer', resource: available });
      images.linkBlob(name, mount);
      response.writeHead(201, { location: `/v2/${name}/blobs/${mount}`, 'docker-content-digest': mount }).end();
      return;
    }
    const upload = blobs.begin(name);
    if (digest === null) return accepted(exchange, upload, 202);
    exchange.allow('ecr:UploadLayerPart', 'ecr:CompleteLayerUpload');
    await blobs.append(upload, request);
    await completed(exchange, upload, digest);
  }

  async function patchUpload(exchange: Exchange): Promise<void> {
    exchange.allow('ecr:UploadLayerPart');
    const upload = uploadOf(exchange);
    const start = /^(\d+)-\d+$/.exec(exchange.request.headers['content-range'] ?? '')?.[1];
    if (start !== undefined && Number(start) !== upload.size) {
      throw new RegistryError(416, 'BLOB_UPLOAD_INVALID', `the upload has ${upload.size} bytes, not ${start}`);
    }
    await blobs.append(upload, exchange.request);
    // ECR's own answer, where the specification says 202: https://github.com/aws/containers-roadmap/issues/2831
    accepted(exchange, upload, 201);
  }

  async function finishUpload(exchange: Exchange): Promise<void> {
    exchange.allow('ecr:UploadLayerPart', 'ecr:CompleteLayerUpload');
    const upload = uploadOf(exchange);
    await blobs.append(upload, exchange.request);
    await completed(exchange, upload, exchange.url.searchParams.get('digest') ?? '');
  }

  async function completed({ name, response }: Exchange, upload: Upload, digest: string): Promise<void> {
    if (!isDigest(digest) || !(await blobs.finish(upload, digest))) {
      blobs.cancel(upload);
      throw new RegistryError(400, 'DIGEST_INVALID', `the content does not have the digest '${digest}'`);
    }
    images.linkBlob(name, digest);
    response.writeHead(201, { location: `/v2/${name}/blobs/${digest}`, 'docker-content-digest': digest }).end();
  }

  function accepted({ name, response }: Exchange, upload: Upload, status: number): void {
    response
      .writeHead(status, {
        location: `/v2/${name}/blobs/uploads/${upload.id}`,
        'docker-upload-uuid': upload.id,
        range: `0-${Math.max(upload.size - 1, 0)}`,
      })
      .end();
  }

  function blobHeaders({ name, reference }: Exchange): Record<string, string | number> {
    const size = images.hasBlob(name, reference) ? blobs.size(reference) : undefined;
    if (size === undefined) throw new RegistryError(404, 'BLOB_UNKNOWN', `no blob ${reference} in ${name}`);
    return { 'content-length': size, 'content-type': 'application/octet-stream', 'docker-content-digest': reference };
  }

  function sendManifest(exchange: Exchange, withBody: boolean): void {
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

  async function putManifest(exchange: Exchange): Promise<void> {
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

  async function serve(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const principal = tokens.identify(request.headers.authorization);
    if (principal === undefined) throw new RegistryError(401, 'UNAUTHORIZED', 'authentication required');
    if (url.pathname === '/v2/' || url.pathname === '/v2') return json(response, 200, {});
    const { name, part, reference } = split(url.pathname);
    const route = routes[`${request.method} ${part}`];
    if (route === undefined)
      throw new RegistryError(405, 'UNSUPPORTED', `${request.method} ${url.pathname} is not emulated`);
    beforeAnswer(response, () => kernel.faults?.wrote(`${request.method} ${part}`, principal));
    await route({ request, response, url, name, reference, allow: (...actions) => allow(principal, name, actions) });
  }

  function allow(principal: Principal, name: string, actions: readonly string[]): void {
    kernel.iam.require(principal, ...actions.map((action) => ({ action, resource: repositoryArn(name) })));
    images.repository(name);
  }

  return {
    on: 'aws',
    takes: (_host, path) => path === '/v2' || path.startsWith('/v2/'),
    async request(request, response, url) {
      try {
        await serve(request, response, url);
      } catch (error) {
        const { status, code, message } = toRegistryError(error);
        if (status === 500) kernel.note(`registry: ${String(error)}`);
        if (response.headersSent) response.destroy();
        else {
          if (status === 401) response.setHeader('www-authenticate', 'Basic realm="registry"');
          json(response, status, { errors: [{ code, message }] });
        }
      }
    },
  };
}

const ERRORS: Readonly<Record<string, readonly [number, string]>> = {
  AccessDeniedException: [403, 'DENIED'],
  RepositoryNotFoundException: [404, 'NAME_UNKNOWN'],
  LayersNotFoundException: [404, 'MANIFEST_BLOB_UNKNOWN'],
  ImageTagAlreadyExistsException: [400, 'TAG_INVALID'],
  ImageDigestDoesNotMatchException: [400, 'DIGEST_INVALID'],
  InvalidParameterException: [400, 'MANIFEST_INVALID'],
};

function toRegistryError(error: unknown): RegistryError {
  if (error instanceof RegistryError) return error;
  if (error instanceof RangeError) return new RegistryError(413, 'SIZE_INVALID', error.message);
  const [status, code] = (error instanceof AwsError ? ERRORS[error.code] : undefined) ?? [500, 'UNKNOWN'];
  return new RegistryError(status, code, error instanceof AwsError ? error.message : 'the registry failed');
}

/** `/v2/<name>/<part>/<reference>`; a name may hold slashes, so the part is looked for from the end. */
function split(path: string): { readonly name: string; readonly part: string; readonly reference: string } {
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

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'docker-distribution-api-version': 'registry/2.0' });
  response.end(JSON.stringify(body));
}
