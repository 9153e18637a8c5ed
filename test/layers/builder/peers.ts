import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type Header, pack } from 'tar-stream';

export const AUTHORIZATION = `Basic ${Buffer.from('AWS:a-password').toString('base64')}`;

/** A folder under the system's temporary folder. It is deleted when its owner's scope ends. */
export async function temporaryFolder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'gantry-test-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 3 }) };
}

/** An HTTP server on a free port of the loopback interface; `host` is its address with the port. */
export async function listen(handler: RequestListener): Promise<{ host: string } & AsyncDisposable> {
  const server: Server = createServer(handler);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  const host = `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  const dispose = () => {
    server.closeAllConnections();
    return new Promise<void>((done) => server.close(() => done()));
  };
  return { host, [Symbol.asyncDispose]: dispose };
}

export interface TestRegistry extends AsyncDisposable {
  readonly host: string;
  readonly blobs: Map<string, Buffer>;
  readonly manifests: Map<string, Buffer>;
  /** Each request as `METHOD path`. */
  readonly requests: string[];
}

/**
 * A registry that accepts pushes as ECR does, and refuses what a real registry refuses. For a part of an upload, the
 * OCI distribution specification says 202, but ECR answers 201: https://github.com/aws/containers-roadmap/issues/2831
 */
export async function startRegistry(): Promise<TestRegistry> {
  const [blobs, manifests, requests] = [new Map<string, Buffer>(), new Map<string, Buffer>(), [] as string[]];
  const uploads = new Map<string, Buffer>();
  const server = await listen(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://registry');
    requests.push(`${request.method} ${url.pathname}`);
    const body = await readBody(request).catch(() => undefined);
    if (body === undefined) return;
    const answer = (status: number, headers: Record<string, string> = {}, content: string | Buffer = '') =>
      response.writeHead(status, headers).end(content);
    if (request.headers.authorization !== AUTHORIZATION) return answer(401, {}, 'authentication required');
    const [, kind, reference = ''] = /^\/v2\/apps\/hello\/(blobs|manifests)\/(.*)$/.exec(url.pathname) ?? [];
    if (kind === undefined) return answer(404, {}, 'NAME_UNKNOWN');
    const held = kind === 'blobs' ? blobs : manifests;
    if (request.method === 'HEAD') return answer(held.has(reference) ? 200 : 404);
    if (request.method === 'GET') return answer(held.has(reference) ? 200 : 404, {}, held.get(reference));
    if (request.method === 'POST' && reference === 'uploads/') {
      uploads.set(String(uploads.size + 1), Buffer.alloc(0));
      return answer(202, { location: `/v2/apps/hello/blobs/uploads/${uploads.size}?state=x` });
    }
    const upload = reference.replace('uploads/', '');
    if (request.method === 'PATCH') {
      uploads.set(upload, body);
      return answer(201, { location: `/v2/apps/hello/blobs/uploads/${upload}?state=y` });
    }
    if (request.method !== 'PUT') return answer(405);
    const content = kind === 'blobs' ? Buffer.concat([uploads.get(upload) ?? Buffer.alloc(0), body]) : body;
    const digest = kind === 'blobs' ? (url.searchParams.get('digest') ?? '') : reference;
    if (digestOf(content) !== digest) return answer(400, {}, 'DIGEST_INVALID');
    if (kind === 'manifests' && !references(content).every((blob) => blobs.has(blob))) {
      return answer(404, {}, 'MANIFEST_BLOB_UNKNOWN');
    }
    held.set(digest, content);
    return answer(201, { 'docker-content-digest': digest });
  });
  return { ...server, blobs, manifests, requests };
}

export function digestOf(content: Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

function references(manifest: Buffer): string[] {
  const { config, layers } = JSON.parse(manifest.toString()) as {
    config: { digest: string };
    layers: { digest: string }[];
  };
  return [config, ...layers].map((blob) => blob.digest);
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

export type Entry = Partial<Header> & { readonly name: string; readonly content?: string };

/** Writes a gzipped tar of exactly these entries, even hostile ones. */
export async function writeArchive(file: string, entries: Iterable<Entry>): Promise<void> {
  const tar = pack();
  const written = pipeline(tar as unknown as NodeJS.ReadableStream, createGzip(), createWriteStream(file));
  for (const { content = '', ...header } of entries) {
    await new Promise<void>((done, fail) => {
      tar.entry(header, content, (error) => (error ? fail(error) : done()));
    });
  }
  tar.finalize();
  await written;
}

/** Packs a folder as the CLI does: a gzipped tar of relative paths. */
export async function archiveFolder(folder: string, file: string): Promise<void> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const entries: Entry[] = [];
  for (const entry of names.filter((name) => name.isFile())) {
    const path = join(entry.parentPath, entry.name);
    const chunks: Buffer[] = [];
    for await (const chunk of createReadStream(path)) chunks.push(chunk as Buffer);
    entries.push({ name: path.slice(folder.length + 1), content: Buffer.concat(chunks).toString() });
  }
  await writeArchive(file, entries);
}
