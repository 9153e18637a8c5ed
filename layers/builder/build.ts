import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { configuredRoot, NO_DOCKERFILE, planBuild } from './detect.ts';
import { buildWithBuildx } from './engines/buildx.ts';
import type { BuildJob, Engine } from './engines/engine.ts';
import { buildWithProcesses } from './engines/process.ts';
import type { Environment } from './environment.ts';
import type { BuildPlan } from './plan.ts';
import { sourceRoot, unpackSource } from './source.ts';
import { diskTree } from './source-tree.ts';

const ENGINES: Readonly<Record<Environment['BUILD_ENGINE'], Engine>> = {
  buildx: buildWithBuildx,
  process: buildWithProcesses,
};

export interface BuildRequest extends Omit<BuildJob, 'plan' | 'root'> {
  /** A gzipped tar on this machine. */
  readonly archive: string;
  /** The app's folder below the source's. */
  readonly sourceRoot: string;
  readonly engine: Environment['BUILD_ENGINE'];
}

/** What a build came to; the program writes it to `result.json`. */
export interface BuildResult {
  readonly imageDigest: string;
  readonly plan: BuildPlan;
}

/** From an archive to a pushed image. Throws a `BuildError` for everything that the owner of the source can put right. */
export async function build(request: BuildRequest): Promise<BuildResult> {
  const source = join(request.scratch, 'source');
  await mkdir(source, { recursive: true });
  await unpackSource(request.archive, source);
  await rm(request.archive, { force: true });
  const chosen = await sourceRoot(source, request.sourceRoot);
  const root = await sourceRoot(chosen, (await configuredRoot(diskTree(chosen))) ?? '');
  const plan = await planBuild(diskTree(root));
  if (await diskTree(root).exists('Dockerfile')) request.print(`Note: the Dockerfile is not used. ${NO_DOCKERFILE}`);
  request.print(`Plan: ${plan.provider}, ${plan.runtime.name} ${plan.runtime.version} (${plan.runtime.versionSource})`);
  request.print(`Start: ${plan.start} (${plan.startSource})`);
  const imageDigest = await ENGINES[request.engine]({ ...request, root, plan });
  return { imageDigest, plan };
}
