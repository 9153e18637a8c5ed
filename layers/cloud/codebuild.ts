import {
  BatchGetBuildsCommand,
  type Build,
  CodeBuildClient,
  ListBuildsForProjectCommand,
  StopBuildCommand,
} from '@aws-sdk/client-codebuild';
import { clientDefaults } from './client.ts';
import { available, awsErrorName } from './failures.ts';

const codebuild = new CodeBuildClient(clientDefaults);

/** A run of a build project. */
export interface BuildRun {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly ended: boolean;
  readonly variables: Readonly<Record<string, string>>;
}

/** Up to a hundred builds of a project, newest first; `next` is undefined on the last page. */
export async function listBuilds(
  projectName: string,
  nextToken?: string,
): Promise<{ readonly builds: readonly BuildRun[]; readonly next: string | undefined }> {
  return available('CodeBuild', async () => {
    const list = new ListBuildsForProjectCommand({ projectName, sortOrder: 'DESCENDING', nextToken });
    const { ids = [], nextToken: next } = await codebuild.send(list);
    if (ids.length === 0) return { builds: [], next };
    const { builds = [] } = await codebuild.send(new BatchGetBuildsCommand({ ids }));
    return { builds: builds.map(runOf), next };
  });
}

/** Stops a build; harmless when it has ended. */
export async function stopBuild(id: string): Promise<void> {
  try {
    await available('CodeBuild', () => codebuild.send(new StopBuildCommand({ id })));
  } catch (error) {
    if (awsErrorName(error) !== 'ResourceNotFoundException') throw error;
  }
}

function runOf({ id = '', startTime, buildComplete = false, environment }: Build): BuildRun {
  const variables = (environment?.environmentVariables ?? []).map(({ name = '', value = '' }) => [name, value]);
  return { id, startedAt: startTime?.getTime() ?? 0, ended: buildComplete, variables: Object.fromEntries(variables) };
}
