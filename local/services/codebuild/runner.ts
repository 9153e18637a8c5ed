import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PARTS } from '../../disk.ts';
import type { Principal } from '../../kernel/iam.ts';
import { type Kernel, REGION } from '../../kernel/kernel.ts';
import type { AssetLocator, LogWriter } from '../../kernel/ports.ts';
import { AwsError } from '../../kernel/service.ts';
import { workFolder } from '../../work-folder.ts';
import { type Build, type BuildStatus, beginPhase, endBuild, endPhase } from './build.ts';
import { type BuildLog, openLog } from './output.ts';
import type { ProcessMark } from './process.ts';
import type { Project } from './project.ts';
import { cleanEnvironment, runShell } from './shell.ts';

/** Why a build is ended from outside. */
export class BuildEnded extends Error {
  readonly status: 'STOPPED' | 'TIMED_OUT' | 'SHUTDOWN';

  constructor(status: 'STOPPED' | 'TIMED_OUT' | 'SHUTDOWN') {
    super(status);
    this.status = status;
  }
}

/** The events of a running build, for showing it and running it again. */
export interface BuildObserver {
  changed(build: Build): void;
  spawned(mark: ProcessMark): void;
}

export interface RunnerPorts {
  readonly logs: LogWriter;
  readonly assets: AssetLocator;
}

/** The lines that may wait for the log before the build's output is blocked. */
const PENDING_LINES = 5_000;

/** Runs one build in a scratch folder, which is deleted, and resolves with the ended build. Rejects when it is shut down. */
export async function runBuild(
  kernel: Kernel,
  ports: RunnerPorts,
  project: Project,
  begun: Build,
  variables: Readonly<Record<string, string>>,
  observer: BuildObserver,
  signal: AbortSignal,
): Promise<Build> {
  const uuid = begun.id.slice(begun.id.lastIndexOf(':') + 1);
  const scratch = join(workFolder(kernel.dataDir), PARTS.builds, uuid.slice(0, 8));
  let build = begun;
  let log: BuildLog | undefined;
  let exported: Readonly<Record<string, string>> = {};
  const change = (next: Build) => {
    build = next;
    observer.changed(next);
  };
  try {
    change(beginPhase(beginPhase(build, 'QUEUED'), 'PROVISIONING'));
    const principal = kernel.iam.assume(project.serviceRole, 'codebuild.amazonaws.com', `AWSCodeBuild-${uuid}`);
    const output = openLog(ports.logs, build.logs.groupName, build.logs.streamName, principal, (error) =>
      kernel.note(`build ${build.id}: its output is not logged: ${error.message}`),
    );
    log = output;
    change(beginPhase(build, 'DOWNLOAD_SOURCE'));
    await rm(scratch, { recursive: true, force: true });
    await mkdir(join(scratch, 'src'), { recursive: true });
    await placeSource(kernel, ports.assets, project, principal, join(scratch, 'src'));

    let failed = false;
    const env = environment(kernel, project, build, variables, scratch, principal);
    const shell = await runShell(
      project.buildspec,
      scratch,
      env,
      {
        spawned: observer.spawned,
        output: (chunk) => output.write(chunk),
        congested: () => output.pending() > PENDING_LINES,
        phase(event, phase, exitCode, command) {
          if (event === 'begin') change(beginPhase(build, phase));
          if (event === 'end') change(endPhase(build, 'SUCCEEDED'));
          if (event !== 'failed') return;
          failed = true;
          const commands = project.buildspec.phases[phase.toLowerCase() as 'build']?.commands ?? [];
          const message = `Error while executing command: ${commands[command] ?? ''}. Reason: exit status ${exitCode}`;
          output.write(`[Container] Phase ${phase} failed: ${message}\n`);
          change(endPhase(build, 'FAILED', 'COMMAND_EXECUTION_ERROR', message));
        },
      },
      signal,
    );
    signal.throwIfAborted();
    exported = shell.exported;
    if (shell.exitCode !== 0 && !failed) {
      const message = `The build's shell ended unexpectedly (${shell.exitCode === null ? 'killed' : `exit status ${shell.exitCode}`}).`;
      output.write(`[Container] ${message}\n`);
      change(endPhase(build, 'FAILED', 'COMMAND_EXECUTION_ERROR', message));
    }
    change(beginPhase(build, 'FINALIZING'));
    await log.close();
    return endBuild(build, shell.exitCode === 0 ? 'SUCCEEDED' : 'FAILED', exported);
  } catch (error) {
    const ending = signal.aborted ? signal.reason : error;
    if (ending instanceof BuildEnded && ending.status === 'SHUTDOWN') throw ending;
    const { status, code, message } = explain(ending, build);
    log?.write(`[Container] ${message}\n`);
    await log?.close();
    return endBuild(endPhase(build, status, code, message), status, exported);
  } finally {
    await rm(scratch, { recursive: true, force: true, maxRetries: 3 }).catch((error: Error) =>
      kernel.note(`build ${build.id}: its folder stays: ${error.message}`),
    );
  }
}

/** The status of a build that ended with an error, and its phase's text. */
function explain(error: unknown, build: Build): { status: BuildStatus; code: string; message: string } {
  if (error instanceof BuildEnded && error.status === 'TIMED_OUT') {
    const message = `The build took longer than its limit of ${build.timeoutInMinutes} minutes.`;
    return { status: 'TIMED_OUT', code: 'BUILD_TIMED_OUT', message };
  }
  if (error instanceof BuildEnded)
    return { status: 'STOPPED', code: 'BUILD_STOPPED', message: 'The build was stopped.' };
  if (error instanceof AwsError)
    return { status: 'FAILED', code: 'CLIENT_ERROR', message: `${error.code}: ${error.message}` };
  const message = error instanceof Error ? error.message : String(error);
  return { status: 'FAULT', code: 'INTERNAL_SERVICE_ERROR', message: `The build could not run: ${message}` };
}

async function placeSource(
  kernel: Kernel,
  assets: AssetLocator,
  project: Project,
  principal: Principal,
  folder: string,
): Promise<void> {
  if (project.source === undefined) return;
  const { bucket, key } = project.source;
  kernel.iam.require(principal, { action: 's3:GetObject', resource: `arn:aws:s3:::${bucket}/${key}` });
  const found = assets.path(bucket, key);
  if (found === undefined)
    throw new AwsError('NoSuchKey', `The source s3://${bucket}/${key} is no asset of the assembly.`);
  await cp(found, folder, { recursive: true });
}

/**
 * The environment of a build. StartBuild's variables win over the project's, those over the buildspec's. The project's engine is AWS's: here there is
 * no Docker, and the cluster's nodes run processes.
 */
function environment(
  kernel: Kernel,
  project: Project,
  build: Build,
  variables: Readonly<Record<string, string>>,
  scratch: string,
  principal: Principal,
): Readonly<Record<string, string>> {
  const { accessKeyId, secretAccessKey, sessionToken } = kernel.iam.credentials(principal);
  const cache = join(workFolder(kernel.dataDir), PARTS.buildCache);
  return {
    ...cleanEnvironment(scratch),
    ...project.buildspec.variables,
    ...project.variables,
    BUILD_ENGINE: 'process',
    BUILD_CACHE_DIR: cache,
    NODE_COMPILE_CACHE: join(cache, 'compiled'),
    ...variables,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_ENDPOINT_URL: kernel.addresses.aws,
    CODEBUILD_BUILD_ID: build.id,
    CODEBUILD_BUILD_ARN: build.arn,
    CODEBUILD_BUILD_NUMBER: String(build.buildNumber),
    CODEBUILD_INITIATOR: build.initiator,
    CODEBUILD_LOG_PATH: build.logs.streamName,
    CODEBUILD_SRC_DIR: join(scratch, 'src'),
    CODEBUILD_START_TIME: String(Math.round(build.startTime * 1000)),
  };
}
