import { readFile } from 'node:fs/promises';
import { arch } from 'node:process';
import type { Kernel } from '../../kernel/kernel.ts';
import type { ImagePuller, PulledImage } from '../../kernel/ports.ts';
import { AwsError } from '../../kernel/service.ts';
import type { Blobs } from './blobs.ts';
import type { Image, Images, Manifest } from './images.ts';

const ARCHITECTURE = arch === 'x64' ? 'amd64' : arch;
/** The registry's address, with the port of this or an earlier start, which earlier deployments name. */
const OWN = /^127\.0\.0\.1:\d+\/(.+)$/;
const CONFIG_LIMIT = 4 * 1024 * 1024;

/** Reads images for the cluster's nodes, which share this machine's disk: layers are given as paths. */
export function createPuller(kernel: Kernel, images: Images, blobs: Blobs): ImagePuller {
  return {
    async pull(reference) {
      const [, rest] = OWN.exec(reference) ?? [];
      if (rest === undefined)
        throw notFound(reference, `only images of ${new URL(kernel.addresses.aws).host}/ can be pulled`);
      const at = rest.includes('@') ? rest.indexOf('@') : rest.lastIndexOf(':');
      const name = at < 0 ? rest : rest.slice(0, at);
      const found = images.image(name, at < 0 ? 'latest' : rest.slice(at + 1));
      if (found === undefined) throw notFound(reference, 'there is no such image');
      const image = platformImage(images, name, found, reference);
      const { config, layers = [] } = JSON.parse(image.manifest) as Manifest;
      const size = config === undefined ? undefined : blobs.size(config.digest);
      if (config === undefined || size === undefined || size > CONFIG_LIMIT)
        throw notFound(reference, 'its config is not there');
      for (const layer of layers) {
        if (!/tar(\+|\.)gzip$/.test(layer.mediaType))
          throw notFound(reference, `layers of type ${layer.mediaType} are not emulated`);
        if (blobs.size(layer.digest) === undefined) throw notFound(reference, `layer ${layer.digest} is missing`);
      }
      const parsed = JSON.parse(await readFile(blobs.path(config.digest), 'utf8')) as Partial<PulledImage['config']>;
      return {
        digest: found.digest,
        config: { architecture: parsed.architecture ?? '', os: parsed.os ?? '', config: parsed.config ?? {} },
        layers: layers.map(({ digest }) => blobs.path(digest)),
      };
    },
  };
}

/** The image itself or, behind an index, the one for this machine's platform. */
function platformImage(images: Images, name: string, image: Image, reference: string): Image {
  const { manifests } = JSON.parse(image.manifest) as Manifest;
  if (manifests === undefined) return image;
  const fitting = manifests.find(({ platform }) => platform?.os === 'linux' && platform.architecture === ARCHITECTURE);
  const found = fitting === undefined ? undefined : images.image(name, fitting.digest);
  if (found === undefined) throw notFound(reference, `it has no image for linux/${ARCHITECTURE}`);
  return found;
}

function notFound(reference: string, why: string): AwsError {
  return new AwsError('ImageNotFoundException', `Can't pull ${reference}: ${why}`);
}
