import { createHash } from 'node:crypto';
import { GantryError } from '@gantry/contract/errors.ts';
import type { outboundFetch } from '@gantry/outbound/fetch.ts';
import type { BuildResult } from '../build.ts';
import { BuildError } from '../build-error.ts';
import { describeImage, imagePlan } from '../oci/inspect.ts';
import {
  type Descriptor,
  type ImageConfig,
  isIndex,
  MANIFEST_TYPES,
  type Manifest,
  megabytes,
  parseConfig,
  parseManifest,
  sizeOf,
} from '../oci/manifest.ts';
import { openRegistry, type Registry, type Repository } from '../oci/registry.ts';
import { parseReference, type Reference } from './reference.ts';
import { openSource, type SourceRegistry } from './source-registry.ts';

/** How many times a copy of a blob is tried when its connection breaks. */
const ATTEMPTS = 3;

export interface CopyRequest {
  readonly reference: string;
  readonly repository: Repository;
  /** The processor architecture as OCI names it: `arm64`, `amd64`. The system is Linux. */
  readonly architecture: string;
  /** Whether registries on private addresses are allowed. */
  readonly privateSources: boolean;
  readonly signal: AbortSignal;
  /** Sends requests to the source registry. */
  readonly fetch?: typeof outboundFetch;
  readonly print: (line: string) => void;
}

interface Resolved {
  readonly digest: string;
  readonly mediaType: string;
  readonly bytes: Buffer;
  readonly manifest: Manifest;
}

/**
 * Copies the image for one platform from another registry, unchanged: its digest stays the same. Blobs are streamed,
 * and each is checked against its digest before the registry keeps it. Blobs that the registry has already are not
 * copied again, so a retry continues where the last try ended. Throws a `BuildError` for errors that another reference,
 * or a change of the image, can fix.
 */
export async function copyImage(request: CopyRequest): Promise<BuildResult> {
  const { repository, privateSources, signal, print } = request;
  const reference = parseReference(request.reference);
  print(`Copying ${reference.name}`);
  const source = openSource(reference, privateSources, signal, request.fetch);
  const target = openRegistry(repository, signal);
  const image = await resolve(source, reference, request.architecture);
  const { manifest, digest } = image;
  const name = `${reference.name.replace(/[:@][^/]*$/, '')}@${digest}`;
  print(
    `Found ${digest} for linux/${request.architecture}: ${manifest.layers.length} layers, ${megabytes(sizeOf(manifest))}`,
  );
  const config = await readConfig(source, manifest.config, reference, request.architecture, signal);
  describeImage(config, print);
  if (!(await target.has(`manifests/${digest}`))) {
    await copyBlobs(source, target, manifest, reference, request);
    await target.putManifest(digest, image.mediaType, image.bytes);
  }
  print(`Pushed ${digest}`);
  return { imageDigest: digest, plan: imagePlan('image', name, config) };
}

async function copyBlobs(
  source: SourceRegistry,
  target: Registry,
  { layers, config }: Manifest,
  { name }: Reference,
  { signal, print }: CopyRequest,
): Promise<void> {
  for (const [index, blob] of [...layers, config].entries()) {
    const what = blob === config ? 'config' : `layer ${index + 1} of ${layers.length}`;
    const there = await target.has(`blobs/${blob.digest}`);
    print(`${there ? 'Has' : 'Copying'} ${what}, ${megabytes(blob.size)}`);
    if (there) continue;
    const whole = `${what} of ${name}`;
    await repeated(whole, signal, async () =>
      target.stream(blob.digest, verified(await source.blob(blob.digest), blob, whole)),
    );
  }
}

/** The manifest for a platform: the image's own, or the one that the image's index names for the platform. */
async function resolve(source: SourceRegistry, reference: Reference, architecture: string): Promise<Resolved> {
  const found = await read(source, reference, reference.version);
  if (!isIndex(found.manifest)) return { ...found, manifest: found.manifest };
  const platforms = found.manifest.manifests.flatMap(({ platform }) => platform ?? []);
  const fitting = found.manifest.manifests.find(
    ({ platform }) => platform?.os === 'linux' && platform.architecture === architecture,
  );
  if (fitting === undefined) throw foreign(reference, architecture, platforms);
  const chosen = await read(source, reference, fitting.digest);
  if (isIndex(chosen.manifest))
    throw new BuildError(`${reference.name} has an index inside its index; name the image by its digest`);
  return { ...chosen, manifest: chosen.manifest };
}

async function read(source: SourceRegistry, { name }: Reference, version: string) {
  const { bytes, mediaType } = await source.manifest(version);
  const digest = digestOf(bytes);
  if (version.startsWith('sha256:') && digest !== version) throw tampered(`the manifest of ${name}`, version);
  const manifest = parseManifest(bytes, name);
  const known = MANIFEST_TYPES.find((type) => type === (manifest.mediaType ?? mediaType)) ?? MANIFEST_TYPES[0];
  return { bytes, digest, mediaType: known, manifest };
}

async function readConfig(
  source: SourceRegistry,
  blob: Descriptor,
  reference: Reference,
  architecture: string,
  signal: AbortSignal,
): Promise<ImageConfig> {
  const what = `the config of ${reference.name}`;
  const bytes = await repeated(what, signal, async () => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of verified(await source.blob(blob.digest), blob, what)) chunks.push(chunk);
    return Buffer.concat(chunks);
  });
  const config = parseConfig(bytes, reference.name);
  if (config.os === 'linux' && config.architecture === architecture) return config;
  throw foreign(reference, architecture, [config]);
}

/** Tries again if the connection to the source breaks. */
async function repeated<T>(what: string, signal: AbortSignal, run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run();
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof GantryError)) throw error;
      if (attempt === ATTEMPTS) throw new BuildError(`${what} could not be copied: ${error.message}`);
    }
  }
}

/** Streams a blob's content. Fails before the end if the content does not match its descriptor. */
async function* verified(
  content: AsyncIterable<Uint8Array>,
  { size, digest }: Descriptor,
  what: string,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of content) {
    bytes += chunk.length;
    if (bytes > size) throw new BuildError(`${what} has more than the ${size} bytes in its manifest`);
    hash.update(chunk);
    yield chunk;
  }
  if (bytes !== size || `sha256:${hash.digest('hex')}` !== digest) throw tampered(what, digest);
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function tampered(what: string, digest: string): BuildError {
  return new BuildError(
    `the content of ${what} does not match its digest ${digest}; push the image again, or use another registry`,
  );
}

function foreign(
  { name }: Reference,
  architecture: string,
  platforms: readonly { readonly os: string; readonly architecture: string }[],
): BuildError {
  const there = [...new Set(platforms.map((each) => `${each.os}/${each.architecture}`))].slice(0, 10).join(', ');
  return new BuildError(
    `${name} has no image for linux/${architecture}, only for ${there.slice(0, 300) || 'no platform'}; build the image for linux/${architecture} too`,
  );
}
