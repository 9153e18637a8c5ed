import { BuildError } from '../build-error.ts';
import type { ImagePlan } from '../plan.ts';
import { CONFIG_BYTES, type ImageConfig, isIndex, MANIFEST_BYTES, parseConfig, parseManifest } from './manifest.ts';
import type { Registry } from './registry.ts';

const MAX_COMMAND = 4096;
const WHAT = 'the image';

/** The config of a pushed image. Throws a `BuildError` if the image is too large. */
export async function readImage(registry: Registry, digest: string): Promise<ImageConfig> {
  const manifest = parseManifest(await registry.read(`manifests/${digest}`, MANIFEST_BYTES), WHAT);
  if (isIndex(manifest)) throw new BuildError('the build made an image for several platforms; build it for one');
  return parseConfig(await registry.read(`blobs/${manifest.config.digest}`, CONFIG_BYTES), WHAT);
}

/** The plan that is recorded for an image, from its config. */
export function imagePlan(provider: ImagePlan['provider'], source: string, { config }: ImageConfig): ImagePlan {
  const command = [...(config?.Entrypoint ?? []), ...(config?.Cmd ?? [])];
  const ports = Object.keys(config?.ExposedPorts ?? {}).flatMap(
    (text) => /^(\d{1,5})(?:\/tcp)?$/.exec(text)?.[1] ?? [],
  );
  const port = ports.length === 1 ? Number(ports[0]) : 0;
  return {
    provider,
    source,
    command: JSON.stringify(command).length > MAX_COMMAND ? [] : command,
    ...(port > 0 && port < 65_536 && { port }),
    user: (config?.User ?? '').slice(0, 256),
  };
}

/**
 * Warns about an image that the cluster will refuse to start: an app must run as a user other than root, and the image
 * must name that user by number.
 */
export function describeImage({ config }: ImageConfig, print: (line: string) => void): void {
  const [user = ''] = (config?.User ?? '').split(':');
  const remedy = 'Name a user by its number in the image, such as "USER 1000" in its Dockerfile';
  if (user === '' || user === 'root' || /^0+$/.test(user)) {
    print(`Warning: the image runs as root, and the cluster will refuse to start it. ${remedy}`);
  } else if (!/^\d+$/.test(user)) {
    print(`Warning: the image runs as the user "${user}", and the cluster cannot tell that it is not root. ${remedy}`);
  }
}
