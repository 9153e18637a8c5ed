import { BASE_DIGESTS } from './base-digests.ts';
import type { BuildPlan, PlannedRuntime } from './plan.ts';

/** Docker's official images where anybody may pull them without an account: Docker Hub limits those who have none. */
export const BASE_REGISTRY = 'public.ecr.aws/docker/library';
/** The release of Debian that packages of the system are named after. */
const DEBIAN = 'bookworm';
const DEBIAN_SLIM = `debian:${DEBIAN}-slim`;

/** The images that a plan's Dockerfile begins with. */
export interface BaseImages {
  /** What installs and builds. */
  readonly build: string;
  /** What the app runs on. */
  readonly run: string;
}

/** A base image by its full name, pinned where its digest is known. */
export function baseImage(tag: string, digests: Readonly<Record<string, string>> = BASE_DIGESTS): string {
  const digest = Object.hasOwn(digests, tag) ? digests[tag] : '';
  return `${BASE_REGISTRY}/${tag}${digest ? `@${digest}` : ''}`;
}

/**
 * The base images of a plan. What is compiled runs on a small image without its compiler: on Alpine where nothing of the system is needed, and
 * on the Debian that it was built on otherwise.
 */
export function baseImages(plan: BuildPlan): BaseImages {
  const { build, run } = tagsOf(plan);
  return { build: baseImage(build), run: baseImage(run) };
}

/** The image that a further runtime of the build is copied from. */
export function runtimeImage({ name, version }: PlannedRuntime): string {
  return baseImage(`${name === 'go' ? 'golang' : name}:${version}-slim`);
}

function tagsOf({ runtime: { name, version }, packages, packageManager }: BuildPlan): BaseImages {
  switch (name) {
    case 'node':
      return { build: `node:${version}-slim`, run: `node:${version}-slim` };
    case 'python':
    case 'ruby': {
      const since: readonly [number, number] = name === 'python' ? [3, 8] : [3, 0];
      return {
        build: onDebian(`${name}:${version}`, version, since),
        run: onDebian(`${name}:${version}-slim`, version, since),
      };
    }
    case 'go':
      return packages.run.length === 0
        ? { build: `golang:${version}`, run: 'alpine:3.22' }
        : { build: onDebian(`golang:${version}`, version, [1, 20], true), run: DEBIAN_SLIM };
    case 'rust':
      return { build: onDebian(`rust:${version}`, version, [1, 70], true), run: DEBIAN_SLIM };
    case 'php': {
      const tag = onDebian(`php:${version}-fpm`, version, [8, 0]);
      return { build: tag, run: tag };
    }
    case 'java': {
      const build = packageManager === 'gradle' ? `gradle:8-jdk${version}` : `maven:3-eclipse-temurin-${version}`;
      return { build, run: `eclipse-temurin:${version}-jre` };
    }
    case 'elixir':
      return { build: `elixir:${version}`, run: DEBIAN_SLIM };
    case 'deno':
      return { build: 'node:24-slim', run: DEBIAN_SLIM };
  }
}

/**
 * A tag on the release of Debian that packages are named after, for lines of versions that there are images of on it. An old exact version, which
 * there may be none of, is left on the release of its time, unless `always`.
 */
function onDebian(tag: string, version: string, since: readonly [number, number], always = false): string {
  const [major = 0, minor = 99, patch] = version.split('.').map(Number);
  const recent = major > since[0] || (major === since[0] && minor >= since[1]);
  return recent && (always || patch === undefined) ? `${tag}-${DEBIAN}` : tag;
}
