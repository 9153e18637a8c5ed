import * as z from 'zod';
import { BuildError } from '../build-error.ts';

/**
 * The limits of an image, because each image uses disk space and layers of a node. Bytes count the layers as they are
 * stored.
 */
export const IMAGE_LIMITS = { bytes: 4 * 1024 ** 3, layers: 127 } as const;
/** The maximum size of a manifest or an index. Source: OCI distribution specification 1.1, "Pushing Manifests". */
export const MANIFEST_BYTES = 4 * 1024 ** 2;
export const CONFIG_BYTES = 4 * 1024 ** 2;

export const INDEX_TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
] as const;
export const MANIFEST_TYPES = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
] as const;
const LAYER_TYPE =
  /^application\/vnd\.(oci\.image\.layer\.v1\.tar(\+gzip|\+zstd)?|docker\.image\.rootfs\.diff\.tar(\.gzip|\.zstd)?)$/;

const Digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);

const Descriptor = z.looseObject({ mediaType: z.string(), digest: Digest, size: z.int().min(0) });
export type Descriptor = z.infer<typeof Descriptor>;

/** Source: OCI image specification 1.1, `manifest.md`; Docker's manifest, version 2, schema 2. */
const Manifest = z.looseObject({
  schemaVersion: z.literal(2),
  mediaType: z.string().optional(),
  config: Descriptor,
  layers: z.array(Descriptor),
});
export type Manifest = z.infer<typeof Manifest>;

/** Source: OCI image specification 1.1, `image-index.md`; Docker's manifest list. */
const Index = z.looseObject({
  schemaVersion: z.literal(2),
  mediaType: z.string().optional(),
  manifests: z.array(
    z.looseObject({
      ...Descriptor.shape,
      platform: z.looseObject({ os: z.string(), architecture: z.string() }).optional(),
    }),
  ),
});
export type Index = z.infer<typeof Index>;

const Texts = z.array(z.string()).nullish();

/** Source: OCI image specification 1.1, `config.md`. */
const ImageConfig = z.looseObject({
  architecture: z.string(),
  os: z.string(),
  config: z
    .looseObject({
      User: z.string().nullish(),
      Entrypoint: Texts,
      Cmd: Texts,
      ExposedPorts: z.record(z.string(), z.unknown()).nullish(),
    })
    .nullish(),
});
export type ImageConfig = z.infer<typeof ImageConfig>;

/**
 * Reads a manifest or an index. `what` names the image in messages. Throws a `BuildError` if the bytes are neither, if
 * a container cannot run the image, or if the image exceeds `IMAGE_LIMITS`.
 */
export function parseManifest(bytes: Buffer, what: string): Manifest | Index {
  const value = parseJson(bytes, what);
  const [manifest, index] = [Manifest.safeParse(value), Index.safeParse(value)];
  if (manifest.success) return checked(manifest.data, what);
  if (index.success) return index.data;
  throw new BuildError(
    `the manifest of ${what} is neither in OCI's format nor in Docker's version 2; push the image again with a current tool`,
  );
}

export function parseConfig(bytes: Buffer, what: string): ImageConfig {
  const config = ImageConfig.safeParse(parseJson(bytes, what));
  if (config.success) return config.data;
  throw new BuildError(`${what} is not an image that a container can run: its config is not valid`);
}

export function isIndex(manifest: Manifest | Index): manifest is Index {
  return 'manifests' in manifest;
}

/** The bytes of an image's layers and config as they are stored. */
export function sizeOf({ config, layers }: Manifest): number {
  return layers.reduce((sum, { size }) => sum + size, config.size);
}

export function tooLarge(what: string, limit: number): BuildError {
  return new BuildError(
    `${what} is larger than ${megabytes(limit)}; remove files that the app does not need from the image`,
  );
}

/** A number of bytes for people. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1024 ** 2).toFixed(1)} MB`;
}

function checked(manifest: Manifest, what: string): Manifest {
  const { config, layers } = manifest;
  if (layers.length > IMAGE_LIMITS.layers) {
    throw new BuildError(
      `${what} has ${layers.length} layers, and a node can take ${IMAGE_LIMITS.layers}; join some of its instructions`,
    );
  }
  const stranger = layers.find(({ mediaType }) => !LAYER_TYPE.test(mediaType));
  if (stranger !== undefined) {
    throw new BuildError(
      `${what} is not an image that a container can run: it has a layer of type ${stranger.mediaType.slice(0, 100)}`,
    );
  }
  if (config.size > CONFIG_BYTES || sizeOf(manifest) > IMAGE_LIMITS.bytes) throw tooLarge(what, IMAGE_LIMITS.bytes);
  return manifest;
}

function parseJson(bytes: Buffer, what: string): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new BuildError(`${what} has a manifest or config that is not JSON`);
  }
}
