import { BuildError } from '../build-error.ts';

/** An image in a registry, as people write it. */
export interface Reference {
  /** The full name. A short name gets the registry that it stands for: `docker.io/library/nginx:1.29`. */
  readonly name: string;
  /** The host of the registry, with its port. */
  readonly host: string;
  readonly repository: string;
  /** The digest if there is one, otherwise the tag. */
  readonly version: string;
}

const DOCKER_HUB = 'docker.io';
/** Docker Hub serves its registry from this host. Source: distribution/reference, `normalize.go`. */
const DOCKER_HUB_HOST = 'registry-1.docker.io';
const MAX_NAME = 255;

/**
 * Reads `[registry[:port]/]path[:tag][@digest]`. The registry is Docker Hub by default, and the tag `latest`. Throws a
 * `BuildError` that says what is wrong; the message hides a password before the host. Source: distribution/reference,
 * `reference.go`.
 */
export function parseReference(text: string): Reference {
  const shown = text.replace(/^[^@]*:[^@/]*@(?!sha256:)/, '…@').slice(0, 100);
  const wrong = (why: string) =>
    new BuildError(
      `${JSON.stringify(shown)} is not the name of an image: ${why}; write a name such as "nginx:1.29" or "registry.example.com/team/app@sha256:…"`,
    );
  if (text.includes('://')) throw wrong('it has a scheme');
  const [named = '', digest, ...more] = text.split('@');
  if (more.length > 0 || (digest !== undefined && !/^sha256:[0-9a-f]{64}$/.test(digest))) {
    throw wrong('a digest is "sha256:" and 64 digits from 0 to f');
  }
  const colon = named.indexOf(':', named.lastIndexOf('/') + 1);
  const [path, tag] = colon < 0 ? [named, undefined] : [named.slice(0, colon), named.slice(colon + 1)];
  if (tag !== undefined && !/^\w[\w.-]{0,127}$/.test(tag)) {
    throw wrong('a tag has up to 128 letters, digits, ".", "_" and "-"');
  }
  const [registry, rest] = splitRegistry(path);
  if (!isRegistry(registry)) throw wrong(`${JSON.stringify(registry)} is not a host`);
  const repository = registry === DOCKER_HUB && !rest.includes('/') ? `library/${rest}` : rest;
  if (repository.length > MAX_NAME || !repository.split('/').every(isSegment)) {
    throw wrong('a name has lower-case letters and digits, with single separators between them');
  }
  const version = digest ?? tag ?? 'latest';
  return {
    name: `${registry}/${repository}${digest === undefined ? `:${version}` : `@${digest}`}`,
    host: registry === DOCKER_HUB ? DOCKER_HUB_HOST : registry,
    repository,
    version,
  };
}

/** The first part of a path is a host if it cannot be part of a name on Docker Hub. */
function splitRegistry(path: string): [registry: string, rest: string] {
  const slash = path.indexOf('/');
  const first = path.slice(0, Math.max(0, slash));
  if (!(/[.:]/.test(first) || first === 'localhost')) return [DOCKER_HUB, path];
  return [first === 'index.docker.io' ? DOCKER_HUB : first, path.slice(slash + 1)];
}

function isRegistry(text: string): boolean {
  const [, host = '', port] = /^(\[[0-9a-fA-F:.]+\]|[^:]*)(?::(\d{1,5}))?$/.exec(text) ?? [];
  if (port !== undefined && Number(port) > 65_535) return false;
  return (
    host.startsWith('[') || host.split('.').every((label) => /^[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?$/.test(label))
  );
}

/**
 * Checks a segment part by part, so that no pattern nests quantifiers. A separator is one of `.`, `_` and `__`, or any
 * number of `-`.
 */
function isSegment(segment: string): boolean {
  const words = segment.split(/[._-]+/);
  const separators = segment.match(/[._-]+/g) ?? [];
  return words.every((word) => /^[a-z0-9]+$/.test(word)) && separators.every((each) => /^(\.|__?|-+)$/.test(each));
}
