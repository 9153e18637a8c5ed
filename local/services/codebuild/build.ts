import { randomUUID } from 'node:crypto';
import { ACCOUNT, REGION } from '../../kernel/kernel.ts';
import type { ProcessMark } from './process.ts';
import { type EnvironmentVariable, type Project, toVariables } from './project.ts';

export type BuildStatus = 'IN_PROGRESS' | 'SUCCEEDED' | 'FAILED' | 'FAULT' | 'TIMED_OUT' | 'STOPPED';

export interface BuildPhase {
  readonly phaseType: string;
  readonly phaseStatus?: BuildStatus;
  readonly startTime: number;
  readonly endTime?: number;
  readonly durationInSeconds?: number;
  readonly contexts?: readonly { readonly statusCode: string; readonly message: string }[];
}

/** A build in its wire form; times are in seconds since 1970. */
export interface Build {
  readonly id: string;
  readonly arn: string;
  readonly buildNumber: number;
  readonly projectName: string;
  readonly initiator: string;
  readonly buildStatus: BuildStatus;
  readonly buildComplete: boolean;
  readonly currentPhase: string;
  readonly startTime: number;
  readonly endTime?: number;
  readonly phases: readonly BuildPhase[];
  readonly timeoutInMinutes: number;
  /** The project's variables and those given to StartBuild, which win. */
  readonly environment: { readonly environmentVariables: readonly EnvironmentVariable[] };
  readonly logs: { readonly groupName: string; readonly streamName: string };
  readonly exportedEnvironmentVariables: readonly { readonly name: string; readonly value: string }[];
}

/** The record of a build: the fields of AWS, and those for running it again after a crash. */
export interface BuildRecord {
  readonly build: Build;
  /** Variables given to StartBuild. */
  readonly variables: Readonly<Record<string, string>>;
  readonly token?: string;
  /** The build's shell while it runs. */
  readonly process?: ProcessMark;
}

export interface StartInput {
  readonly projectName: string;
  readonly environmentVariablesOverride?: readonly EnvironmentVariable[];
  readonly logsConfigOverride?: {
    readonly cloudWatchLogs?: { readonly status: string; readonly groupName?: string; readonly streamName?: string };
  };
  readonly timeoutInMinutesOverride?: number;
  readonly idempotencyToken?: string;
}

/** A build that starts now. Its log stream is `<stream>/<uuid>`, as in CodeBuild. */
export function newBuild(project: Project, input: StartInput, buildNumber: number, initiator: string): Build {
  const uuid = randomUUID();
  const override = input.logsConfigOverride?.cloudWatchLogs;
  const stream = override?.streamName ?? project.logStream;
  const id = `${project.name}:${uuid}`;
  const now = Date.now() / 1000;
  return {
    id,
    arn: `arn:aws:codebuild:${REGION}:${ACCOUNT}:build/${id}`,
    buildNumber,
    projectName: project.name,
    initiator,
    buildStatus: 'IN_PROGRESS',
    buildComplete: false,
    currentPhase: 'SUBMITTED',
    startTime: now,
    phases: [{ phaseType: 'SUBMITTED', startTime: now }],
    environment: { environmentVariables: variablesOf(project, input) },
    timeoutInMinutes: input.timeoutInMinutesOverride ?? project.timeoutMinutes,
    logs: {
      groupName: override?.groupName ?? project.logGroup,
      streamName: stream === undefined ? uuid : `${stream}/${uuid}`,
    },
    exportedEnvironmentVariables: [],
  };
}

function variablesOf(project: Project, input: StartInput): readonly EnvironmentVariable[] {
  const all = { ...project.variables, ...toVariables(input.environmentVariablesOverride) };
  return Object.entries(all).map(([name, value]) => ({ name, value, type: 'PLAINTEXT' }));
}

/** The build after its current phase ended with `status`. Earlier phases stay unchanged. */
export function endPhase(build: Build, status: BuildStatus, statusCode = '', message = ''): Build {
  const endTime = Date.now() / 1000;
  const phases = build.phases.map((phase) =>
    phase.phaseStatus !== undefined
      ? phase
      : {
          ...phase,
          phaseStatus: status,
          endTime,
          durationInSeconds: Math.round(endTime - phase.startTime),
          contexts: [{ statusCode, message }],
        },
  );
  return { ...build, phases };
}

/** The build in its next phase; a phase that is still open has succeeded. */
export function beginPhase(build: Build, phaseType: string): Build {
  const { phases } = endPhase(build, 'SUCCEEDED');
  return { ...build, currentPhase: phaseType, phases: [...phases, { phaseType, startTime: Date.now() / 1000 }] };
}

export function endBuild(build: Build, status: BuildStatus, exported: Readonly<Record<string, string>>): Build {
  const { phases } = beginPhase(endPhase(build, status), 'COMPLETED');
  return {
    ...build,
    phases,
    currentPhase: 'COMPLETED',
    buildStatus: status,
    buildComplete: true,
    endTime: Date.now() / 1000,
    exportedEnvironmentVariables: Object.entries(exported).map(([name, value]) => ({ name, value })),
  };
}
