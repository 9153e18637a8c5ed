import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DISK_LIMITS, PARTS } from '../../disk.ts';
import type { Principal } from '../../kernel/iam.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { EventPublisher } from '../../kernel/ports.ts';
import { AwsError } from '../../kernel/service.ts';
import { workFolder } from '../../work-folder.ts';
import { createOutbox } from '../events/outbox.ts';
import { type Build, type BuildRecord, endBuild, newBuild, type StartInput } from './build.ts';
import { createBuildCache } from './cache.ts';
import { stateChange } from './event.ts';
import { killBuild } from './process.ts';
import { type Project, toVariables } from './project.ts';
import { BuildEnded, type RunnerPorts, runBuild } from './runner.ts';

export interface Builds {
  start(input: StartInput, principal: Principal): Build;
  find(idOrArn: string): Build | undefined;
  /** Of one project, newest first. */
  list(projectName: string): readonly Build[];
  stop(idOrArn: string): Build;
  /** Resolves with the build once it has ended; rejects with the signal's reason when that aborts first. */
  ended(id: string, signal: AbortSignal): Promise<Build>;
  /** Kills what an earlier process left behind and runs its builds again under their ids. */
  resume(): void;
  suspend(): Promise<void>;
}

/** What CodeBuild calls. */
export interface BuildPorts extends RunnerPorts {
  readonly events: EventPublisher;
}

/** CodeBuild keeps a build's record for a year. */
const KEPT_SECONDS = 365 * 24 * 3600;

export function createBuilds(kernel: Kernel, ports: BuildPorts, projects: ReadonlyMap<string, Project>): Builds {
  const records = kernel.store.collection<BuildRecord>('codebuild.builds');
  const outbox = createOutbox(kernel, ports.events, 'codebuild');
  const running = new Map<string, { readonly controller: AbortController; readonly done: Promise<void> }>();
  const endings = new Map<string, PromiseWithResolvers<void>>();
  const folder = join(workFolder(kernel.dataDir), PARTS.buildCache);
  const cache = createBuildCache(folder, DISK_LIMITS.buildCache, () => running.size > 0);

  function update(id: string, change: Partial<BuildRecord>): void {
    const record = records.get(id);
    if (record !== undefined) records.put(id, { ...record, ...change });
  }

  /** Commits a build's new state together with the event that tells of it. */
  function commit(record: BuildRecord): void {
    const { build } = record;
    kernel.store.atomically(() => {
      records.put(build.id, record);
      outbox.add(stateChange(build, projects.get(build.projectName)));
    });
    outbox.flush();
  }

  function launch({ build, variables }: BuildRecord): void {
    const controller = new AbortController();
    const project = projects.get(build.projectName);
    const limit = setTimeout(() => controller.abort(new BuildEnded('TIMED_OUT')), build.timeoutInMinutes * 60_000);
    const begun = Date.now();
    const run = async () => {
      const ended =
        project === undefined
          ? endBuild(build, 'FAULT', {})
          : await runBuild(
              kernel,
              ports,
              project,
              build,
              variables,
              {
                changed: (next) => update(build.id, { build: next }),
                spawned: (mark) => update(build.id, { process: mark }),
              },
              controller.signal,
            );
      const record = records.get(build.id);
      if (record !== undefined) commit({ ...record, build: ended });
      kernel.meter.count('codebuild.seconds', Math.ceil((Date.now() - begun) / 1000));
      endings.get(build.id)?.resolve();
      endings.delete(build.id);
    };
    const done = run()
      .catch((error: unknown) => {
        if (!(error instanceof BuildEnded)) kernel.note(`build ${build.id}: ${String(error)}`);
      })
      .finally(() => {
        clearTimeout(limit);
        running.delete(build.id);
        if (running.size === 0) void cache.trim();
      });
    running.set(build.id, { controller, done });
  }

  const all = () => records.entries().map(([, record]) => record);
  const find = (idOrArn: string) => records.get(idOrArn.replace(/^arn:[^/]*:build\//, ''))?.build;

  const inProject = (name: string) => all().filter(({ build }) => build.projectName === name);
  const requireProject = (name: string): Project => {
    const project = projects.get(name);
    if (project !== undefined) return project;
    throw new AwsError('ResourceNotFoundException', `Project cannot be found: ${name}`);
  };

  return {
    find,
    list(projectName) {
      const builds = inProject(requireProject(projectName).name).map(({ build }) => build);
      return builds.sort((a, b) => b.buildNumber - a.buildNumber);
    },
    start(input, principal) {
      const project = requireProject(input.projectName);
      const mine = inProject(project.name);
      const same = mine.find(({ token }) => token !== undefined && token === input.idempotencyToken);
      if (same !== undefined) return same.build;
      const open = mine.filter(({ build }) => !build.buildComplete).length;
      if (open >= project.concurrentBuildLimit) {
        const limit = project.concurrentBuildLimit;
        throw new AwsError(
          'AccountLimitExceededException',
          `Cannot have more than ${limit} builds in progress for the project`,
        );
      }
      const initiator = principal.kind === 'role' ? principal.session : principal.kind;
      const record: BuildRecord = {
        build: newBuild(project, input, mine.length + 1, initiator),
        variables: toVariables(input.environmentVariablesOverride),
        ...(input.idempotencyToken === undefined ? {} : { token: input.idempotencyToken }),
      };
      commit(record);
      launch(record);
      return record.build;
    },
    stop(idOrArn) {
      const build = find(idOrArn);
      if (build === undefined) throw new AwsError('ResourceNotFoundException', `Build cannot be found: ${idOrArn}`);
      running.get(build.id)?.controller.abort(new BuildEnded('STOPPED'));
      return build;
    },
    async ended(id, signal) {
      signal.throwIfAborted();
      const aborted = Promise.withResolvers<never>();
      const abort = () => aborted.reject(signal.reason);
      signal.addEventListener('abort', abort, { once: true });
      try {
        for (;;) {
          const build = find(id);
          if (build === undefined) throw new AwsError('ResourceNotFoundException', `Build cannot be found: ${id}`);
          if (build.buildComplete) return build;
          const ending = endings.get(id) ?? Promise.withResolvers<void>();
          endings.set(id, ending);
          await Promise.race([ending.promise, aborted.promise]);
        }
      } finally {
        signal.removeEventListener('abort', abort);
      }
    },
    resume() {
      outbox.flush();
      rmSync(join(workFolder(kernel.dataDir), PARTS.builds), { recursive: true, force: true });
      for (const record of all()) {
        const { build } = record;
        if ((build.endTime ?? Date.now() / 1000) < Date.now() / 1000 - KEPT_SECONDS) records.delete(build.id);
        if (build.buildComplete || running.has(build.id)) continue;
        killBuild(record.process, `CODEBUILD_BUILD_ID=${build.id}`);
        const { process: _, ...kept } = record;
        const again = { ...kept, build: { ...build, phases: build.phases.slice(0, 1), currentPhase: 'SUBMITTED' } };
        records.put(build.id, again);
        launch(again);
      }
    },
    async suspend() {
      const builds = [...running.values()];
      for (const { controller } of builds) controller.abort(new BuildEnded('SHUTDOWN'));
      await Promise.all(builds.map(({ done }) => done));
    },
  };
}
