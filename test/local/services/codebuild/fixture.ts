import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BatchGetBuildsCommand, type Build, CodeBuildClient, StartBuildCommand } from '@aws-sdk/client-codebuild';
import { afterEach } from '@jest/globals';
import type { ServiceEvent } from '../../../../local/kernel/ports.ts';
import { createCodeBuild } from '../../../../local/services/codebuild/codebuild.ts';
import { createStates } from '../../../../local/services/states/states.ts';
import { type Bench, bench } from '../../support.ts';
import { declare, functions, logSink, until } from '../states/ports.ts';

export const PROJECT = 'arn:aws:codebuild:xx-local-1:000000000000:project/builds';
const RULE = 'arn:aws:events:xx-local-1:000000000000:rule/StepFunctionsGetEventForCodeBuildStartBuildRule';
export const RUN = [
  {
    Effect: 'Allow',
    Action: ['codebuild:StartBuild', 'codebuild:StopBuild', 'codebuild:BatchGetBuilds'],
    Resource: PROJECT,
  },
  { Effect: 'Allow', Action: ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'], Resource: RULE },
];

const open: Bench[] = [];
afterEach(async () => {
  for (const at of open.splice(0)) await at.close();
});

export async function setUp(buildspec: object, project: object = {}, machineStatements: readonly object[] = RUN) {
  const parts: { sink?: ReturnType<typeof logSink>; source?: string } = {};
  const told: ServiceEvent[] = [];
  const rooms: Parameters<typeof declare>[1][] = [];
  const at = await bench((kernel) => {
    parts.sink = logSink(kernel);
    parts.source = join(kernel.dataDir, 'asset');
    mkdirSync(parts.source);
    writeFileSync(join(parts.source, 'hello.txt'), 'from the asset');
    const assets = {
      path: (bucket: string, key: string) => (`${bucket}/${key}` === 'assets/a.zip' ? parts.source : undefined),
    };
    const events = { publish: async (event: ServiceEvent) => void told.push(event) };
    const codebuild = createCodeBuild(kernel, { logs: parts.sink, assets, events });
    const lambda = functions(kernel, {});
    rooms.push(
      codebuild,
      createStates(kernel, { lambda, builds: codebuild.builds, assets, events: { publish: async () => undefined } }),
    );
    return rooms;
  });
  open.push(at);
  const role = at.role(
    'build',
    [
      { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::assets/a.zip' },
      { Effect: 'Allow', Action: 'logs:PutLogEvents', Resource: 'arn:aws:logs:*:*:log-group:builds:*' },
    ],
    ['codebuild.amazonaws.com'],
  );
  const machine = at.role('machine', machineStatements, ['states.amazonaws.com']);
  const [codebuild = {}, states = {}] = rooms;
  await declare(at.kernel, codebuild, 'AWS::CodeBuild::Project', {
    Name: 'builds',
    ServiceRole: role.kind === 'role' ? role.arn : '',
    Source: { Type: 'S3', Location: 'assets/a.zip', BuildSpec: JSON.stringify({ version: '0.2', ...buildspec }) },
    Artifacts: { Type: 'NO_ARTIFACTS' },
    Environment: {
      Image: 'any',
      EnvironmentVariables: [
        { Name: 'FROM_PROJECT', Value: 'project' },
        { Name: 'BUILD_ENGINE', Value: 'buildx' },
      ],
    },
    LogsConfig: { CloudWatchLogs: { Status: 'ENABLED', GroupName: 'builds' } },
    ...project,
  });
  const client = new CodeBuildClient(at.client());
  const get = async (id: string) => (await client.send(new BatchGetBuildsCommand({ ids: [id] }))).builds?.[0];
  return {
    at,
    client,
    get,
    /** The statuses of a build on EventBridge, in order. */
    heard: (id: string) => told.filter(({ resources }) => resources[0]?.endsWith(id)).map(statusOf),
    told,
    lines: (build: Build) => parts.sink?.written.get(`${build.logs?.groupName} ${build.logs?.streamName}`) ?? [],
    start: async (input: object = {}) => {
      const { build } = await client.send(new StartBuildCommand({ projectName: 'builds', ...input }));
      return build?.id ?? '';
    },
    ended: (id: string) =>
      until(`build ${id} has ended`, async () => {
        const build = await get(id);
        return build?.buildComplete ? build : undefined;
      }),
    machine: async () =>
      (
        await declare(at.kernel, states, 'AWS::StepFunctions::StateMachine', {
          RoleArn: machine.kind === 'role' ? machine.arn : '',
          DefinitionString: JSON.stringify({
            QueryLanguage: 'JSONata',
            StartAt: 'Build',
            States: {
              Build: {
                Type: 'Task',
                Resource: 'arn:aws:states:::codebuild:startBuild.sync',
                Arguments: {
                  ProjectName: 'builds',
                  EnvironmentVariablesOverride: [
                    { Name: 'GIVEN', Value: '{% $states.input.given %}', Type: 'PLAINTEXT' },
                  ],
                },
                Output: "{% $states.result.Build.ExportedEnvironmentVariables[Name = 'ANSWER'].Value %}",
                Next: 'After',
              },
              After: { Type: 'Succeed' },
            },
          }),
        })
      ).ref,
  };
}

function statusOf({ detail }: ServiceEvent): string {
  return (detail as { readonly 'build-status': string })['build-status'];
}

export function isRunning(command: string): boolean {
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return processes.some((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8') === `${command.replaceAll(' ', '\0')}\0`;
    } catch {
      return false;
    }
  });
}

export const phase = (build: Build, name: string) => build.phases?.find(({ phaseType }) => phaseType === name);
