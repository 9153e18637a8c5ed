import type { Principal } from '../../kernel/iam.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { AwsError } from '../../kernel/service.ts';
import type { Collection } from '../../kernel/store.ts';
import type { Outbox } from '../events/outbox.ts';
import { type Build, type BuildRecord, newBuild, type StartInput } from './build.ts';
import { stateChange } from './event.ts';
import { killBuild } from './process.ts';
import { type Project, toVariables } from './project.ts';

/** The stored builds, and their projects. */
export interface Records {
  readonly kernel: Kernel;
  readonly rows: Collection<BuildRecord>;
  readonly outbox: Outbox;
  readonly projects: ReadonlyMap<string, Project>;
}

/** CodeBuild keeps a build's record for a year. */
const KEPT_SECONDS = 365 * 24 * 3600;

export function findBuild({ rows }: Records, idOrArn: string): Build | undefined {
  return rows.get(idOrArn.replace(/^arn:[^/]*:build\//, ''))?.build;
}

/** Throws `ResourceNotFoundException`. */
export function requireBuild(records: Records, idOrArn: string): Build {
  const build = findBuild(records, idOrArn);
  if (build !== undefined) return build;
  throw new AwsError('ResourceNotFoundException', `Build cannot be found: ${idOrArn}`);
}

/** Throws `ResourceNotFoundException`. */
export function requireProject({ projects }: Records, name: string): Project {
  const project = projects.get(name);
  if (project !== undefined) return project;
  throw new AwsError('ResourceNotFoundException', `Project cannot be found: ${name}`);
}

export function recordsOf({ rows }: Records, { name }: Project): readonly BuildRecord[] {
  return rows
    .entries()
    .map(([, record]) => record)
    .filter(({ build }) => build.projectName === name);
}

/** Changes a record without an event. */
export function updateBuild({ rows }: Records, id: string, change: Partial<BuildRecord>): void {
  const record = rows.get(id);
  if (record !== undefined) rows.put(id, { ...record, ...change });
}

/** Commits a build's new state together with its event. */
export function commitBuild({ kernel, rows, outbox, projects }: Records, record: BuildRecord): void {
  const { build } = record;
  kernel.store.atomically(() => {
    rows.put(build.id, record);
    outbox.add(stateChange(build, projects.get(build.projectName)));
  });
  outbox.flush();
}

/**
 * Records a build that starts now. `isNew` is false if the project has one with the same idempotency token, which is returned instead. Throws
 * `AccountLimitExceededException` when the project's limit of running builds is reached.
 */
export function beginBuild(
  records: Records,
  input: StartInput,
  principal: Principal,
): { readonly record: BuildRecord; readonly isNew: boolean } {
  const project = requireProject(records, input.projectName);
  const mine = recordsOf(records, project);
  const same = mine.find(({ token }) => token !== undefined && token === input.idempotencyToken);
  if (same !== undefined) return { record: same, isNew: false };
  const limit = project.concurrentBuildLimit;
  if (mine.filter(({ build }) => !build.buildComplete).length >= limit) {
    const message = `Cannot have more than ${limit} builds in progress for the project`;
    throw new AwsError('AccountLimitExceededException', message);
  }
  const initiator = principal.kind === 'role' ? principal.session : principal.kind;
  const record: BuildRecord = {
    build: newBuild(project, input, mine.length + 1, initiator),
    variables: toVariables(input.environmentVariablesOverride),
    ...(input.idempotencyToken === undefined ? {} : { token: input.idempotencyToken }),
  };
  commitBuild(records, record);
  return { record, isNew: true };
}

/** Deletes the record of a build that ended more than a year ago. */
export function dropOldBuild({ rows }: Records, { build }: BuildRecord): void {
  if ((build.endTime ?? Date.now() / 1000) < Date.now() / 1000 - KEPT_SECONDS) rows.delete(build.id);
}

/** Kills a build's leftovers of an earlier process, and resets the build to its start. */
export function resetBuild({ rows }: Records, record: BuildRecord): BuildRecord {
  const { process: left, build, ...kept } = record;
  killBuild(left, `CODEBUILD_BUILD_ID=${build.id}`);
  const again = { ...kept, build: { ...build, phases: build.phases.slice(0, 1), currentPhase: 'SUBMITTED' } };
  rows.put(build.id, again);
  return again;
}
