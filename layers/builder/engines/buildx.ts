import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { runCommand } from '../command.ts';
import { dockerfile, dockerignore } from '../dockerfile.ts';
import { imageLabels } from '../oci/image.ts';
import { addServer, type BuildJob } from './engine.ts';

const Metadata = z.looseObject({ 'containerimage.digest': z.string().regex(/^sha256:[0-9a-f]{64}$/) });

export interface BuildxPaths {
  readonly builder: string;
  readonly dockerfile: string;
  readonly metadata: string;
}

/**
 * The arguments of `docker` for a build that pushes by digest: without attestations, so that the digest is the platform's own
 * manifest, and with its cache in a repository of its own, where one is given.
 * Source: docs.docker.com, "docker buildx build", "Registry cache", "Image and registry exporters".
 */
export function buildxArguments(job: BuildJob, paths: BuildxPaths): string[] {
  const cache = job.cacheRepository && `type=registry,ref=${job.cacheRepository}:cache`;
  return [
    ...['buildx', 'build', '--builder', paths.builder, '--progress', 'plain', '--file', paths.dockerfile],
    ...['--provenance', 'false', '--sbom', 'false', '--metadata-file', paths.metadata],
    ...['--output', `type=image,name=${job.repository.uri},push=true,push-by-digest=true,name-canonical=true`],
    ...Object.entries(imageLabels(job.plan)).flatMap(([name, value]) => ['--label', `${name}=${value}`]),
    ...(cache
      ? ['--cache-from', cache, '--cache-to', `${cache},mode=max,image-manifest=true,oci-mediatypes=true`]
      : []),
    job.root,
  ];
}

/** Builds the plan's Dockerfile with BuildKit, in a builder made for this build, and pushes the image. Needs `docker`. */
export async function buildWithBuildx(job: BuildJob): Promise<string> {
  const { scratch, plan, repository } = job;
  const paths = {
    builder: 'gantry-build',
    dockerfile: join(scratch, 'Dockerfile'),
    metadata: join(scratch, 'metadata.json'),
  };
  await writeFile(paths.dockerfile, dockerfile(plan));
  await writeFile(`${paths.dockerfile}.dockerignore`, dockerignore(plan));
  await addServer(job);
  const env = {
    PATH: job.environment.PATH ?? '/usr/bin:/bin',
    HOME: scratch,
    DOCKER_CONFIG: join(scratch, 'docker'),
  };
  const docker = (title: string, args: readonly string[], input = '') =>
    runCommand(title, ['docker', ...args], { ...job, cwd: scratch, env, input, onLine: job.print });
  const [user = '', password = ''] = credentials(repository.authorization);
  const host = repository.uri.split('/')[0] ?? '';
  await docker('the sign-in to the registry', ['login', '--username', user, '--password-stdin', host], password);
  await docker('the builder', ['buildx', 'create', '--name', paths.builder, '--driver', 'docker-container']);
  job.print('$ docker buildx build');
  await docker('the build', buildxArguments(job, paths));
  return Metadata.parse(JSON.parse(await readFile(paths.metadata, 'utf8')))['containerimage.digest'];
}

function credentials(authorization: string): string[] {
  const decoded = Buffer.from(authorization.replace(/^Basic /, ''), 'base64').toString();
  const colon = decoded.indexOf(':');
  return [decoded.slice(0, colon), decoded.slice(colon + 1)];
}
