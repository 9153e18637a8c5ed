import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { runCommand } from '../command.ts';
import { dockerfile, dockerignore, VARIABLES_ARGUMENT } from '../dockerfile.ts';
import { imageLabels } from '../oci/image.ts';
import { describeImage, imagePlan, readImage } from '../oci/inspect.ts';
import { openRegistry } from '../oci/registry.ts';
import type { OwnDockerfile } from '../own-dockerfile.ts';
import type { BuildPlan, ImagePlan } from '../plan.ts';
import { appVariables } from './build-variables.ts';
import { addServer, type BuildJob } from './engine.ts';

const Metadata = z.looseObject({ 'containerimage.digest': z.string().regex(/^sha256:[0-9a-f]{64}$/) });
const BUILDER = 'gantry-build';
/**
 * BuildKit v0.33.1, by the digest that its publisher gives for all processors: every repository has the same bytes
 * under it.
 */
const BUILDKIT = 'sha256:cec9f139f45e93c5c69c60f8b07cfad9f43f4ef6b6a6cd917527fea5ff2e3dea';
/**
 * Repositories of BuildKit, tried in this order. Docker Hub is last: it limits anonymous pulls, and all builds of
 * CodeBuild share its IP addresses. https://docs.aws.amazon.com/codebuild/latest/userguide/troubleshooting.html
 * (toomanyrequests)
 */
const BUILDKIT_REPOSITORIES = [
  'public.ecr.aws/vend/moby/buildkit',
  'mirror.gcr.io/moby/buildkit',
  'docker.io/moby/buildkit',
];
/**
 * The prefix of the variables in docker's environment that hold secrets of the build. With it, no secret can change how
 * docker works.
 */
const SECRET = 'GANTRY_SECRET_';
/** The share of the machine's memory that a build may use. The builder and Docker need the rest. */
const MEMORY_SHARE = 0.85;
type Job = Omit<BuildJob, 'plan'>;

/** One run of `docker buildx build`. */
export interface BuildxInput {
  readonly dockerfile: string;
  readonly metadata: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The names of the secrets. Their values are in docker's environment. */
  readonly secrets: readonly string[];
  readonly arguments: Readonly<Record<string, string>>;
  /** The stage that becomes the image; the last stage by default. */
  readonly target?: string | undefined;
}

/**
 * The arguments of `docker` for a build that pushes by digest. There are no attestations, so the digest is that of the
 * platform's own manifest. If `cacheRepository` is given, the cache is in that repository. No argument holds the value
 * of a variable. Source: docs.docker.com, "docker buildx build", "Registry cache", "Image and registry exporters".
 */
export function buildxArguments(job: Job, input: BuildxInput): string[] {
  const cache = job.cacheRepository && `type=registry,ref=${job.cacheRepository}:cache`;
  return [
    ...['buildx', 'build', '--builder', BUILDER, '--progress', 'plain', '--file', input.dockerfile],
    ...['--provenance', 'false', '--sbom', 'false', '--metadata-file', input.metadata],
    ...['--output', `type=image,name=${job.repository.uri},push=true,push-by-digest=true,name-canonical=true`],
    ...Object.entries(input.labels).flatMap(([name, value]) => ['--label', `${name}=${value}`]),
    ...input.secrets.flatMap((name) => ['--secret', `id=${name},env=${SECRET}${name}`]),
    ...Object.entries(input.arguments).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]),
    ...(input.target === undefined ? [] : ['--target', input.target]),
    ...(cache
      ? ['--cache-from', cache, '--cache-to', `${cache},mode=max,image-manifest=true,oci-mediatypes=true`]
      : []),
    job.root,
  ];
}

/**
 * Builds the plan's Dockerfile with BuildKit, in a builder made for this build alone, and pushes the image. Needs
 * `docker`.
 */
export async function buildWithBuildx(job: BuildJob): Promise<string> {
  const { plan, scratch } = job;
  const variables = appVariables(job.variables, plan.runtime.name);
  const file = join(scratch, 'Dockerfile');
  await writeFile(file, dockerfile(plan, Object.keys(variables)));
  await writeFile(`${file}.dockerignore`, dockerignore(plan));
  await addServer(job);
  const digest = await buildAndPush(job, file, imageLabels(plan), variables, {
    ...(Object.keys(variables).length > 0 && { [VARIABLES_ARGUMENT]: hash(variables) }),
  });
  await readImage(openRegistry(job.repository, job.signal), digest);
  return digest;
}

/**
 * Builds the app's own Dockerfile. The context is the app's folder without the files in .dockerignore. Commands get the
 * variables that they ask for: `RUN --mount=type=secret,id=NAME,env=NAME`.
 */
export async function buildDockerfile(
  job: Job,
  file: OwnDockerfile,
): Promise<{ imageDigest: string; plan: ImagePlan }> {
  const labels = { 'dev.gantry.provider': 'dockerfile' };
  const digest = await buildAndPush(job, join(job.root, file.path), labels, job.variables, file.arguments, file.target);
  const image = await readImage(openRegistry(job.repository, job.signal), digest);
  describeImage(image, job.print);
  return { imageDigest: digest, plan: imagePlan('dockerfile', file.path, image) };
}

async function buildAndPush(
  job: Job,
  file: string,
  labels: Readonly<Record<string, string>>,
  variables: Readonly<Record<string, string>>,
  given: Readonly<Record<string, string>>,
  target?: string,
): Promise<string> {
  const { scratch, repository } = job;
  const env = {
    PATH: job.environment.PATH ?? '/usr/bin:/bin',
    HOME: scratch,
    DOCKER_CONFIG: join(scratch, 'docker'),
  };
  const secrets = Object.keys(variables).filter((name) => /^[A-Za-z_]\w*$/.test(name));
  const values = Object.fromEntries(secrets.map((name) => [`${SECRET}${name}`, variables[name] ?? '']));
  const docker = (title: string, args: readonly string[], more: { input?: string; values?: typeof values } = {}) =>
    runCommand(title, ['docker', ...args], {
      ...job,
      cwd: scratch,
      env: { ...env, ...more.values },
      input: more.input ?? '',
      onLine: job.print,
    });
  const [user = '', password = ''] = credentials(repository.authorization);
  const host = repository.uri.split('/')[0] ?? '';
  const login = ['login', '--username', user, '--password-stdin', host];
  await docker('the sign-in to the registry', login, { input: password });
  const buildKit = await pullBuildKit(job, (image) => docker('the download of BuildKit', ['pull', '--quiet', image]));
  const memory = `memory=${Math.floor(totalmem() * MEMORY_SHARE)}`;
  const driver = ['--driver', 'docker-container', '--driver-opt', memory, '--driver-opt', `image=${buildKit}`];
  await docker('the builder', ['buildx', 'create', '--name', BUILDER, ...driver]);
  job.print('$ docker buildx build');
  const metadata = join(scratch, 'metadata.json');
  const args = buildxArguments(job, { dockerfile: file, metadata, labels, secrets, arguments: given, target });
  await docker('the build', args, { values });
  return Metadata.parse(JSON.parse(await readFile(metadata, 'utf8')))['containerimage.digest'];
}

/**
 * Pulls BuildKit from the first repository that has it, and returns the image's full name. Throws the error of the last
 * repository if none has it.
 */
async function pullBuildKit({ signal, print }: Job, pull: (image: string) => Promise<unknown>): Promise<string> {
  let refusal: unknown;
  for (const repository of BUILDKIT_REPOSITORIES) {
    const image = `${repository}@${BUILDKIT}`;
    try {
      await pull(image);
      return image;
    } catch (error) {
      signal.throwIfAborted();
      refusal = error;
      print(`Could not pull BuildKit from ${repository}; trying the next repository.`);
    }
  }
  throw refusal;
}

/** Changes with the variables, but reveals none of them. */
function hash(variables: BuildPlan['env']): string {
  const sorted = Object.entries(variables).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex');
}

function credentials(authorization: string): string[] {
  const decoded = Buffer.from(authorization.replace(/^Basic /, ''), 'base64').toString();
  const colon = decoded.indexOf(':');
  return [decoded.slice(0, colon), decoded.slice(colon + 1)];
}
