import { renameSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DISK_LIMITS, measure } from '../../disk.ts';
import type { ImagePuller, PulledImage } from '../../kernel/ports.ts';
import { ConfigError } from './config-error.ts';
import { unpackLayer } from './unpack.ts';

/** An unpacked image on this machine. */
export interface UnpackedImage {
  readonly digest: string;
  /** The folder that a container would see as `/`. */
  readonly root: string;
  readonly config: PulledImage['config']['config'];
  /** Its processor architecture, in OCI's names: `amd64`, `arm64`. */
  readonly architecture: string;
}

export interface Images {
  /**
   * Pulls and unpacks a missing image. Throws the registry's error, the reason why the image cannot be unpacked, or a `ConfigError` for an image that
   * this node cannot run.
   */
  ensure(reference: string): Promise<UnpackedImage>;
  /** Deletes images that nothing names any more, idle ones above a limit, and half-unpacked leftovers of a crash; also done after each unpacking. */
  prune(): Promise<void>;
}

const PARTIAL = /\.\d+\.partial$/;
const DESCRIPTION = 'image.json';
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };
/** This machine's architecture, in OCI's names. */
export const ARCHITECTURE = ARCHITECTURES[process.arch] ?? process.arch;
const BASE = 'dev.gantry.base';
const DIGEST = /@(sha256:[0-9a-f]{64})$/;

/**
 * Images by digest under `folder`, each unpacked once and moved into place by one rename, so that a crash leaves none half done. Containers of an
 * image share its folder, read-only by convention. So a start costs nothing, however many files an app has, and neither links nor copies would
 * separate processes of one user.
 */
export function createImages(
  folder: string,
  puller: ImagePuller,
  inUse: () => ReadonlySet<string>,
  idle: () => ReadonlySet<string> = () => new Set(),
  idleLimit: number = DISK_LIMITS.idleImages,
): Images {
  const unpacking = new Map<string, Promise<UnpackedImage>>();
  /** Bytes of unpacked images by name: an image does not grow. */
  const sizes = new Map<string, number>();

  const present = async (digest: string): Promise<UnpackedImage | undefined> => {
    const place = placeOf(folder, digest);
    const text = await readFile(join(place, DESCRIPTION), 'utf8').catch(() => undefined);
    if (text === undefined) return undefined;
    const kept = JSON.parse(text) as Pick<UnpackedImage, 'config' | 'architecture'>;
    return { digest, root: join(place, 'root'), ...kept };
  };
  const unpack = async (image: PulledImage): Promise<UnpackedImage> => {
    const found = await present(image.digest);
    if (found !== undefined) return found;
    const place = placeOf(folder, image.digest);
    const scratch = `${place}.${process.pid}.partial`;
    await rm(scratch, { recursive: true, force: true });
    await mkdir(join(scratch, 'root'), { recursive: true });
    for (const layer of image.layers) await unpackLayer(layer, join(scratch, 'root'));
    const { architecture, config = {} } = image.config;
    await writeFile(join(scratch, DESCRIPTION), JSON.stringify({ architecture, config }));
    await rm(place, { recursive: true, force: true });
    await rename(scratch, place);
    return { digest: image.digest, root: join(place, 'root'), architecture, config };
  };

  const isUnpacking = (name: string) => [...unpacking.keys()].some((digest) => nameOf(digest) === name);
  /** Moves an image aside unless it is named; both in one turn, so that no container starts from it in between. */
  const setAside = (name: string, kept: ReadonlySet<string>): string | undefined => {
    const named = [...kept].some((reference) => (nameIn(reference) ?? name) === name);
    if (named || isUnpacking(name)) return undefined;
    sizes.delete(name);
    const aside = `${name}.0.partial`;
    renameSync(join(folder, name), join(folder, aside));
    return aside;
  };
  /** Named, idle images above the limit: the longest unused first. */
  const pruneIdle = async () => {
    const running = new Set([...inUse()].map(nameIn));
    const names = new Set(
      [...idle()].flatMap((reference) => nameIn(reference) ?? []).filter((name) => !running.has(name)),
    );
    const held: { readonly name: string; readonly bytes: number; readonly used: number }[] = [];
    for (const name of names) {
      const info = await stat(join(folder, name, DESCRIPTION)).catch(() => undefined);
      if (info === undefined) continue;
      sizes.set(name, sizes.get(name) ?? (await measure(join(folder, name))).bytes);
      held.push({ name, bytes: sizes.get(name) ?? 0, used: info.mtimeMs });
    }
    let bytes = held.reduce((sum, each) => sum + each.bytes, 0);
    for (const each of held.sort((a, b) => a.used - b.used)) {
      if (bytes <= idleLimit) return;
      bytes -= each.bytes;
      const left = setAside(each.name, inUse());
      if (left !== undefined) await rm(join(folder, left), { recursive: true, force: true });
    }
  };
  const prune = async () => {
    for (const name of await readdir(folder).catch(() => [])) {
      const [digest = ''] = name.split('.');
      const left = PARTIAL.test(name)
        ? isUnpacking(digest)
          ? undefined
          : name
        : setAside(name, new Set([...inUse(), ...idle()]));
      if (left !== undefined) await rm(join(folder, left), { recursive: true, force: true });
    }
    await pruneIdle();
  };

  return {
    prune: () => prune().catch(() => undefined),
    async ensure(reference) {
      const [, digest] = DIGEST.exec(reference) ?? [];
      const found = digest === undefined ? undefined : await present(digest);
      if (found !== undefined) {
        const now = new Date();
        await utimes(join(folder, nameOf(found.digest), DESCRIPTION), now, now).catch(() => undefined);
        return found;
      }
      const image = await puller.pull(reference);
      requireNoBase(image);
      const running = unpacking.get(image.digest) ?? unpack(image).finally(() => unpacking.delete(image.digest));
      unpacking.set(image.digest, running);
      running.then(prune).catch(() => undefined);
      return running;
    },
  };
}

/**
 * An image with a base layer has its own system, which needs a container. The builder's label marks images for nodes like this one, and stays with
 * the image in any registry.
 */
function requireNoBase({ config }: PulledImage): void {
  if (config.config.Labels?.[BASE] === 'none') return;
  throw new ConfigError(
    'the image was not built here: this machine starts processes, not containers, and runs only images that its own builder made; deploy the source of the app, or use a real cluster',
  );
}

function placeOf(folder: string, digest: string): string {
  return join(folder, nameOf(digest));
}

/** The folder's name for the image that a reference names by digest; undefined without a digest. */
function nameIn(reference: string): string | undefined {
  const [, digest] = DIGEST.exec(reference) ?? [];
  return digest === undefined ? undefined : nameOf(digest);
}

/** The beginning of the digest is enough, and leaves room in the path for an app's sockets; any other name stays whole. */
function nameOf(digest: string): string {
  return digest.replace(/^sha256:/, '').slice(0, 16);
}
