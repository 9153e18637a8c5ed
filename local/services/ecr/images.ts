import { createHash } from 'node:crypto';
import { AwsError } from '../../kernel/service.ts';
import type { Store } from '../../kernel/store.ts';
import type { Blobs } from './blobs.ts';
import { isTag } from './names.ts';

export interface Repository {
  readonly name: string;
  readonly immutable: boolean;
  /** Seconds since 1970. */
  readonly createdAt: number;
  readonly tags: readonly { readonly Key: string; readonly Value?: string }[];
}

export interface Image {
  readonly digest: string;
  readonly mediaType: string;
  /** The manifest's exact text, which the digest covers. */
  readonly manifest: string;
  readonly size: number;
  readonly pushedAt: number;
}

interface Descriptor {
  readonly digest: string;
  readonly mediaType: string;
  readonly size: number;
  readonly platform?: { readonly os?: string; readonly architecture?: string };
}

/** A manifest's own parts: an image has a config and layers, an index has manifests. */
export interface Manifest {
  readonly config?: Descriptor;
  readonly layers?: readonly Descriptor[];
  readonly manifests?: readonly Descriptor[];
}

/** The longest time of a push between its first blob and its manifest. */
const PUSH_MS = 3_600_000;

/** Repositories, and what they hold: links to blobs, images and tags. */
export interface Images {
  find(name: string): Repository | undefined;
  /** Throws `RepositoryNotFoundException`. */
  repository(name: string): Repository;
  list(): readonly Repository[];
  save(repository: Repository): void;
  remove(name: string): void;
  linkBlob(repository: string, digest: string): void;
  hasBlob(repository: string, digest: string): boolean;
  /**
   * Keeps a manifest under its digest and, if given, a tag. Throws when the repository lacks a part, the tag is taken and immutable, or the manifest
   * does not have the `expected` digest.
   */
  put(repository: string, manifest: Buffer, mediaType: string, tag: string | undefined, expected?: string): Image;
  image(repository: string, reference: string): Image | undefined;
  images(repository: string): readonly Image[];
  tags(repository: string): ReadonlyMap<string, string>;
  untag(repository: string, tag: string): void;
  /** Deletes the blobs of all repositories that belong to no image and are older than an hour. */
  sweep(): void;
  /** Removes an image and its tags. */
  removeImage(repository: string, digest: string): void;
}

export function openImages(store: Store, blobs: Blobs): Images {
  const repositories = store.collection<Repository>('ecr.repositories');
  const links = store.collection<number>('ecr.blobs');
  const kept = store.collection<Image>('ecr.images');
  const tagged = store.collection<string>('ecr.tags');

  const tags = (name: string) =>
    new Map(tagged.entries(`${name}:`).map(([key, digest]) => [key.slice(name.length + 1), digest] as const));
  const images = (name: string) => kept.entries(`${name}@`).map(([, image]) => image);

  function repository(name: string): Repository {
    const found = repositories.get(name);
    if (found !== undefined) return found;
    throw new AwsError(
      'RepositoryNotFoundException',
      `The repository with name '${name}' does not exist in the registry`,
    );
  }

  function removeImage(name: string, digest: string): void {
    for (const [tag, target] of tags(name)) if (target === digest) tagged.delete(`${name}:${tag}`);
    kept.delete(`${name}@${digest}`);
    release(name);
  }

  /**
   * Unlinks the blobs that no image of the repository names, and deletes those that no repository links. A blob of the last hour may belong to a
   * running push.
   */
  function release(name: string): void {
    const used = new Set(images(name).flatMap(({ manifest }) => parts(JSON.parse(manifest) as Manifest)));
    for (const [key, linkedAt] of links.entries(`${name}@`)) {
      if (!used.has(key.slice(name.length + 1)) && linkedAt < Date.now() - PUSH_MS) links.delete(key);
    }
    blobs.sweep(new Set(links.entries().map(([key]) => key.slice(key.indexOf('@') + 1))));
  }

  return {
    repository,
    tags,
    images,
    removeImage,
    find: (name) => repositories.get(name),
    list: () => repositories.entries().map(([, found]) => found),
    save: (given) => repositories.put(given.name, given),
    remove(name) {
      for (const { digest } of images(name)) kept.delete(`${name}@${digest}`);
      for (const tag of tags(name).keys()) tagged.delete(`${name}:${tag}`);
      // A running push has lost its repository: nothing waits for its blobs.
      for (const [key] of links.entries(`${name}@`)) links.delete(key);
      release(name);
      repositories.delete(name);
    },
    linkBlob: (name, digest) => links.put(`${name}@${digest}`, Date.now()),
    hasBlob: (name, digest) => links.get(`${name}@${digest}`) !== undefined && blobs.size(digest) !== undefined,
    put(name, content, mediaType, tag, expected) {
      const { immutable } = repository(name);
      const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`;
      if (expected !== undefined && expected !== digest) {
        throw new AwsError(
          'ImageDigestDoesNotMatchException',
          `The manifest has the digest ${digest}, not ${expected}`,
        );
      }
      const manifest = parseManifest(content);
      if (tag !== undefined && !isTag(tag)) throw invalid(`'${tag}' is not a tag`);
      const missing = parts(manifest).find((part) => links.get(`${name}@${part}`) === undefined);
      const absent = manifest.manifests?.find((part) => kept.get(`${name}@${part.digest}`) === undefined);
      if (missing !== undefined || absent !== undefined) {
        throw new AwsError(
          'LayersNotFoundException',
          `The manifest names ${missing ?? absent?.digest}, which was not pushed`,
        );
      }
      const current = tag === undefined ? undefined : tagged.get(`${name}:${tag}`);
      if (immutable && current !== undefined && current !== digest) {
        throw new AwsError(
          'ImageTagAlreadyExistsException',
          `The image tag '${tag}' already exists in the '${name}' repository and cannot be overwritten because the tag is immutable.`,
        );
      }
      const size = [manifest.config, ...(manifest.layers ?? [])].reduce((sum, part) => sum + (part?.size ?? 0), 0);
      const image = { digest, mediaType, manifest: content.toString('utf8'), size, pushedAt: Date.now() / 1000 };
      store.atomically(() => {
        if (kept.get(`${name}@${digest}`) === undefined) kept.put(`${name}@${digest}`, image);
        if (tag !== undefined) tagged.put(`${name}:${tag}`, digest);
      });
      return image;
    },
    image(name, reference) {
      const digest = reference.startsWith('sha256:') ? reference : tagged.get(`${name}:${reference}`);
      return digest === undefined ? undefined : kept.get(`${name}@${digest}`);
    },
    sweep() {
      for (const [name] of repositories.entries()) release(name);
    },
    untag: (name, tag) => tagged.delete(`${name}:${tag}`),
  };
}

/** Tag mutability with exclusion filters is not emulated. */
export function isImmutable(mutability: string): boolean {
  if (mutability === 'IMMUTABLE') return true;
  if (mutability === 'MUTABLE') return false;
  throw new AwsError('InvalidParameterException', `imageTagMutability ${mutability} is not emulated`);
}

/** Digests of the blobs that a manifest names. */
function parts(manifest: Manifest): readonly string[] {
  return [...(manifest.config === undefined ? [] : [manifest.config]), ...(manifest.layers ?? [])].map(
    ({ digest }) => digest,
  );
}

function parseManifest(content: Buffer): Manifest {
  try {
    const parsed: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(content));
    const manifest = parsed as Manifest;
    const named = [manifest.config, ...(manifest.layers ?? []), ...(manifest.manifests ?? [])];
    if (named.some((part) => part !== undefined && typeof part.digest !== 'string'))
      throw new Error('a part has no digest');
    if (manifest.config === undefined && manifest.manifests === undefined)
      throw new Error('it has neither config nor manifests');
    return manifest;
  } catch (error) {
    throw invalid(error instanceof Error ? error.message : String(error));
  }
}

function invalid(reason: string): AwsError {
  return new AwsError('InvalidParameterException', `Invalid image manifest: ${reason}`);
}
