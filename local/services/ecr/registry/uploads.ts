import type { Blobs, Upload } from '../blobs.ts';
import { isDigest, repositoryArn } from '../names.ts';
import { RegistryError } from './errors.ts';
import type { Exchange, Handler, Parts } from './exchange.ts';

/** The routes for pushing a blob. */
export const UPLOADS: Readonly<Record<string, Handler>> = {
  'POST /blobs/uploads/': beginUpload,
  'GET /blobs/uploads/'({ blobs }, exchange) {
    exchange.allow('ecr:UploadLayerPart');
    accepted(exchange, uploadOf(blobs, exchange), 204);
  },
  'PATCH /blobs/uploads/': patchUpload,
  'PUT /blobs/uploads/': finishUpload,
  'DELETE /blobs/uploads/'({ blobs }, exchange) {
    exchange.allow('ecr:UploadLayerPart');
    blobs.cancel(uploadOf(blobs, exchange));
    exchange.response.writeHead(204).end();
  },
};

async function beginUpload(parts: Parts, exchange: Exchange): Promise<void> {
  const { request, url, name } = exchange;
  const mount = url.searchParams.get('mount');
  const from = url.searchParams.get('from');
  const digest = url.searchParams.get('digest');
  exchange.allow('ecr:InitiateLayerUpload');
  if (mount !== null && from !== null && isDigest(mount) && parts.images.hasBlob(from, mount)) {
    return mountBlob(parts, exchange, from, mount);
  }
  const upload = parts.blobs.begin(name);
  if (digest === null) return accepted(exchange, upload, 202);
  exchange.allow('ecr:UploadLayerPart', 'ecr:CompleteLayerUpload');
  await parts.blobs.append(upload, request);
  await complete(parts, exchange, upload, digest);
}

/** Links a blob of another repository, if the caller may read it there. */
function mountBlob({ kernel, images, tokens }: Parts, exchange: Exchange, from: string, digest: string): void {
  const principal = tokens.identify(exchange.request.headers.authorization);
  if (principal !== undefined)
    kernel.iam.require(principal, { action: 'ecr:GetDownloadUrlForLayer', resource: repositoryArn(from) });
  images.linkBlob(exchange.name, digest);
  created(exchange, digest);
}

async function patchUpload({ blobs }: Parts, exchange: Exchange): Promise<void> {
  exchange.allow('ecr:UploadLayerPart');
  const upload = uploadOf(blobs, exchange);
  const start = /^(\d+)-\d+$/.exec(exchange.request.headers['content-range'] ?? '')?.[1];
  if (start !== undefined && Number(start) !== upload.size) {
    throw new RegistryError(416, 'BLOB_UPLOAD_INVALID', `the upload has ${upload.size} bytes, not ${start}`);
  }
  await blobs.append(upload, exchange.request);
  // ECR's own answer, where the specification says 202: https://github.com/aws/containers-roadmap/issues/2831
  accepted(exchange, upload, 201);
}

async function finishUpload(parts: Parts, exchange: Exchange): Promise<void> {
  exchange.allow('ecr:UploadLayerPart', 'ecr:CompleteLayerUpload');
  const upload = uploadOf(parts.blobs, exchange);
  await parts.blobs.append(upload, exchange.request);
  await complete(parts, exchange, upload, exchange.url.searchParams.get('digest') ?? '');
}

async function complete({ blobs, images }: Parts, exchange: Exchange, upload: Upload, digest: string): Promise<void> {
  if (!isDigest(digest) || !(await blobs.finish(upload, digest))) {
    blobs.cancel(upload);
    throw new RegistryError(400, 'DIGEST_INVALID', `the content does not have the digest '${digest}'`);
  }
  images.linkBlob(exchange.name, digest);
  created(exchange, digest);
}

function uploadOf(blobs: Blobs, { name, reference }: Exchange): Upload {
  const upload = blobs.upload(reference);
  if (upload?.repository !== name) throw new RegistryError(404, 'BLOB_UPLOAD_UNKNOWN', `no upload ${reference}`);
  if (upload.busy) throw new RegistryError(409, 'BLOB_UPLOAD_INVALID', 'the upload is being written to');
  return upload;
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

function created({ name, response }: Exchange, digest: string): void {
  response.writeHead(201, { location: `/v2/${name}/blobs/${digest}`, 'docker-content-digest': digest }).end();
}
