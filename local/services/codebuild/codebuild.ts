import type { Kernel } from '../../kernel/kernel.ts';
import type { BuildRunner } from '../../kernel/ports.ts';
import type { Room } from '../../kernel/resource.ts';
import { type AnyOperation, AwsError, type Operation } from '../../kernel/service.ts';
import type { StartInput } from './build.ts';
import { type BuildPorts, type Builds, createBuilds } from './builds.ts';
import { type Project, projectArn, projectType } from './project.ts';

const START = [
  'projectName',
  'environmentVariablesOverride',
  'logsConfigOverride',
  'timeoutInMinutesOverride',
  'idempotencyToken',
];

interface ListInput {
  readonly projectName: string;
  readonly sortOrder?: 'ASCENDING' | 'DESCENDING';
  readonly nextToken?: string;
}

/** Ids in one answer of ListBuildsForProject. */
const PAGE = 100;

/** CodeBuild: projects whose builds run as processes of this machine, with the project's role. */
export function createCodeBuild(kernel: Kernel, ports: BuildPorts): Room & { readonly builds: BuildRunner } {
  const projects = new Map<string, Project>();
  const builds = createBuilds(kernel, ports, projects);
  const access = (action: string, project: string) => ({
    action: `codebuild:${action}`,
    resource: projectArn(project),
  });

  const runner: BuildRunner = {
    async start(input, principal) {
      const unknown = Object.keys(input).find((name) => !START.includes(name));
      if (unknown !== undefined) throw new AwsError('InvalidInputException', `${unknown} is not emulated.`);
      const given = input as unknown as StartInput;
      kernel.iam.require(principal, access('StartBuild', given.projectName));
      return builds.start(given, principal).id;
    },
    async ended(id, principal, signal) {
      kernel.iam.require(principal, access('BatchGetBuilds', projectOf(id)));
      return { ...(await builds.ended(id, signal)) };
    },
    async stop(id, principal) {
      kernel.iam.require(principal, access('StopBuild', projectOf(id)));
      builds.stop(id);
    },
  };

  return {
    builds: runner,
    services: [
      {
        signingName: 'codebuild',
        protocol: 'json',
        model: () => import('@aws-sdk/client-codebuild'),
        operations: operations(builds, access),
      },
    ],
    resources: [
      projectType(
        (project) => void projects.set(project.name, project),
        async (name) => {
          await builds.remove(name);
          projects.delete(name);
        },
      ),
    ],
    start: () => builds.resume(),
    stop: () => builds.suspend(),
  };
}

function operations(
  builds: Builds,
  access: (action: string, project: string) => { readonly action: string; readonly resource: string },
): Readonly<Record<string, AnyOperation>> {
  const StartBuild: Operation<StartInput, unknown> = {
    uses: START,
    access: ({ projectName }) => [access('StartBuild', projectName)],
    handle: (input, { principal }) => ({ build: builds.start(input, principal) }),
  };
  const StopBuild: Operation<{ id: string }, unknown> = {
    uses: ['id'],
    access: ({ id }) => [access('StopBuild', projectOf(id))],
    handle: ({ id }) => ({ build: builds.stop(id) }),
  };
  const BatchGetBuilds: Operation<{ ids: readonly string[] }, unknown> = {
    uses: ['ids'],
    access: ({ ids }) => [...new Set(ids.map(projectOf))].map((project) => access('BatchGetBuilds', project)),
    handle: ({ ids }) => ({
      builds: ids.flatMap((id) => builds.find(id) ?? []),
      buildsNotFound: ids.filter((id) => builds.find(id) === undefined),
    }),
  };
  const ListBuildsForProject: Operation<ListInput, unknown> = {
    uses: ['projectName', 'sortOrder', 'nextToken'],
    access: ({ projectName }) => [access('ListBuildsForProject', projectName)],
    handle({ projectName, sortOrder = 'DESCENDING', nextToken = '0' }) {
      const ids = builds.list(projectName).map(({ id }) => id);
      const from = Number(nextToken);
      if (!Number.isInteger(from) || from < 0) throw new AwsError('InvalidInputException', 'Invalid next token.');
      const end = from + PAGE;
      const page = (sortOrder === 'DESCENDING' ? ids : ids.toReversed()).slice(from, end);
      return { ids: page, ...(end < ids.length ? { nextToken: String(end) } : {}) };
    },
  };
  return { StartBuild, StopBuild, BatchGetBuilds, ListBuildsForProject };
}

/** `<project>:<uuid>`, alone or at the end of a build's ARN. */
function projectOf(idOrArn: string): string {
  const id = idOrArn.slice(idOrArn.lastIndexOf('/') + 1);
  return id.slice(0, id.lastIndexOf(':'));
}
