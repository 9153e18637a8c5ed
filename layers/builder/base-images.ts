import { BASE_DIGESTS } from './base-digests.ts';
import type { BuildPlan, PlannedRuntime } from './plan.ts';

/**
 * A copy of Docker's official images that anybody may pull without an account. Docker Hub limits pulls without an
 * account.
 */
export const BASE_REGISTRY = 'public.ecr.aws/docker/library';
/** The Debian release. System packages have the names that they have in this release. */
const DEBIAN = 'bookworm';
const DEBIAN_SLIM = `debian:${DEBIAN}-slim`;

/** The images that a plan's Dockerfile begins with. */
export interface BaseImages {
  /** The image that installs and builds. */
  readonly build: string;
  /** The image that the app runs on. */
  readonly run: string;
}

/** The full name of a base image, pinned if its digest is known. */
export function baseImage(tag: string, digests: Readonly<Record<string, string>> = BASE_DIGESTS): string {
  const digest = Object.hasOwn(digests, tag) ? digests[tag] : '';
  return `${BASE_REGISTRY}/${tag}${digest ? `@${digest}` : ''}`;
}

/**
 * The base images of a plan. A compiled app runs on a small image without a compiler: on Alpine if it needs no system
 * packages, otherwise on the Debian release that it was built on.
 */
export function baseImages(plan: BuildPlan): BaseImages {
  const { build, run } = tagsOf(plan);
  return { build: baseImage(build), run: baseImage(run) };
}

/** The image from which the build copies an additional runtime. */
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
 * Puts a tag on our Debian release, if the version is recent enough to have images on it. An old exact version may have
 * no image on this release, so it keeps the Debian release of its time, unless `always`.
 */
function onDebian(tag: string, version: string, since: readonly [number, number], always = false): string {
  const [major = 0, minor = 99, patch] = version.split('.').map(Number);
  const recent = major > since[0] || (major === since[0] && minor >= since[1]);
  return recent && (always || patch === undefined) ? `${tag}-${DEBIAN}` : tag;
}
