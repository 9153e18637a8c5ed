import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DISK_LIMITS, PARTS } from '../../disk.ts';
import type { Principal } from '../../kernel/iam.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { EventPublisher } from '../../kernel/ports.ts';
import { workFolder } from '../../work-folder.ts';
import { createOutbox } from '../events/outbox.ts';
import { type Build, type BuildRecord, endBuild, type StartInput } from './build.ts';
import { createBuildCache } from './cache.ts';
import type { ProcessMark } from './process.ts';
import type { Project } from './project.ts';
import {
  beginBuild,
  commitBuild,
  dropOldBuild,
  findBuild,
  type Records,
  recordsOf,
  requireBuild,
  requireProject,
  resetBuild,
  updateBuild,
} from './records.ts';
import { BuildEnded, type RunnerPorts, runBuild } from './runner.ts';

export interface Builds {
  start(input: StartInput, principal: Principal): Build;
  find(idOrArn: string): Build | undefined;
  /** Of one project, newest first. */
  list(projectName: string): readonly Build[];
  stop(idOrArn: string): Build;
  /** Resolves with the ended build; rejects with the signal's reason if that aborts first. */
  ended(id: string, signal: AbortSignal): Promise<Build>;
  /** Stops a project's builds and forgets all of them. */
  remove(projectName: string): Promise<void>;
  /** Kills leftovers of an earlier process and runs its builds again under their ids. */
  resume(): void;
  suspend(): Promise<void>;
}

/** The services that CodeBuild calls. */
export interface BuildPorts extends RunnerPorts {
  readonly events: EventPublisher;
}

type Endings = Map<string, PromiseWithResolvers<void>>;

export function createBuilds(kernel: Kernel, ports: BuildPorts, projects: ReadonlyMap<string, Project>): Builds {
  const rows = kernel.store.collection<BuildRecord>('codebuild.builds');
  const records: Records = { kernel, rows, outbox: createOutbox(kernel, ports.events, 'codebuild'), projects };
  const running = new Map<string, { readonly controller: AbortController; readonly done: Promise<void> }>();
  const endings: Endings = new Map();
  const folder = join(workFolder(kernel.dataDir), PARTS.buildCache);
  const cache = createBuildCache(folder, DISK_LIMITS.buildCache, () => running.size > 0);

  function launch(record: BuildRecord): void {
    const { id, timeoutInMinutes } = record.build;
    const controller = new AbortController();
    const limit = setTimeout(() => controller.abort(new BuildEnded('TIMED_OUT')), timeoutInMinutes * 60_000);
    const done = runRecord(records, ports, endings, record, controller.signal)
      .catch((error: unknown) => {
        if (!(error instanceof BuildEnded)) kernel.note(`build ${id}: ${String(error)}`);
      })
      .finally(() => {
        clearTimeout(limit);
        running.delete(id);
        if (running.size === 0) void cache.trim();
      });
    running.set(id, { controller, done });
  }

  return {
    find: (idOrArn) => findBuild(records, idOrArn),
    list(projectName) {
      const builds = recordsOf(records, requireProject(records, projectName)).map(({ build }) => build);
      return builds.sort((a, b) => b.buildNumber - a.buildNumber);
    },
    start(input, principal) {
      const { record, isNew } = beginBuild(records, input, principal);
      if (isNew) launch(record);
      return record.build;
    },
    stop(idOrArn) {
      const build = requireBuild(records, idOrArn);
      running.get(build.id)?.controller.abort(new BuildEnded('STOPPED'));
      return build;
    },
    async remove(projectName) {
      const mine = rows.entries().filter(([, { build }]) => build.projectName === projectName);
      const active = mine.flatMap(([id]) => running.get(id) ?? []);
      for (const { controller } of active) controller.abort(new BuildEnded('SHUTDOWN'));
      await Promise.all(active.map(({ done }) => done));
      for (const [id] of mine) rows.delete(id);
    },
    ended: (id, signal) => ended(records, endings, id, signal),
    resume() {
      records.outbox.flush();
      rmSync(join(workFolder(kernel.dataDir), PARTS.builds), { recursive: true, force: true });
      for (const [, record] of rows.entries()) {
        dropOldBuild(records, record);
        if (!record.build.buildComplete && !running.has(record.build.id)) launch(resetBuild(records, record));
      }
    },
    async suspend() {
      const builds = [...running.values()];
      for (const { controller } of builds) controller.abort(new BuildEnded('SHUTDOWN'));
      await Promise.all(builds.map(({ done }) => done));
    },
  };
}

/** Runs a build and commits its end. Rejects when the build is shut down. */
async function runRecord(
  records: Records,
  ports: RunnerPorts,
  endings: Endings,
  { build, variables }: BuildRecord,
  signal: AbortSignal,
): Promise<void> {
  const { kernel, rows, projects } = records;
  const begun = Date.now();
  const project = projects.get(build.projectName);
  const observer = {
    changed: (next: Build) => updateBuild(records, build.id, { build: next }),
    spawned: (mark: ProcessMark) => updateBuild(records, build.id, { process: mark }),
  };
  const after =
    project === undefined
      ? endBuild(build, 'FAULT', {})
      : await runBuild(kernel, ports, project, build, variables, observer, signal);
  const record = rows.get(build.id);
  if (record !== undefined) commitBuild(records, { ...record, build: after });
  const dimensions = { ProjectName: build.projectName };
  const failed = after.buildStatus === 'SUCCEEDED' ? 0 : 1;
  kernel.metrics?.record({ namespace: 'AWS/CodeBuild', name: 'Builds', dimensions, value: 1 });
  kernel.metrics?.record({ namespace: 'AWS/CodeBuild', name: 'FailedBuilds', dimensions, value: failed });
  kernel.meter.count('codebuild.seconds', Math.ceil((Date.now() - begun) / 1000));
  endings.get(build.id)?.resolve();
  endings.delete(build.id);
}

async function ended(records: Records, endings: Endings, id: string, signal: AbortSignal): Promise<Build> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    for (;;) {
      const build = requireBuild(records, id);
      if (build.buildComplete) return build;
      const ending = endings.get(id) ?? Promise.withResolvers<void>();
      endings.set(id, ending);
      await Promise.race([ending.promise, aborted.promise]);
    }
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
