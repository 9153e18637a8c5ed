import { BatchGetBuildsCommand } from '@aws-sdk/client-codebuild';
import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { describe, expect, it } from '@jest/globals';
import type { Bench } from '../../support.ts';
import { until } from '../states/ports.ts';
import { RUN, setUp } from './fixture.ts';

describe('a build inside a state machine', () => {
  const answer = {
    env: { 'exported-variables': ['ANSWER'] },
    phases: { build: { commands: ['export ANSWER="got $GIVEN"'] } },
  };
  async function run(machine: string, at: Bench) {
    const sfn = new SFNClient(at.client());
    const { executionArn } = await sfn.send(
      new StartExecutionCommand({ stateMachineArn: machine, input: '{"given":"x"}' }),
    );
    const end = () =>
      until('the execution has ended', async () => {
        const found = await sfn.send(new DescribeExecutionCommand({ executionArn }));
        return found.status === 'RUNNING' ? undefined : found;
      });
    return { sfn, executionArn, end };
  }

  it('returns its exported variables', async () => {
    const { machine, at } = await setUp(answer);
    const { end } = await run(await machine(), at);
    expect(await end()).toMatchObject({ status: 'SUCCEEDED', output: '"got x"' });
  });

  it('that fails is a failed task with the build in its cause', async () => {
    const { machine, at } = await setUp({ phases: { build: { commands: ['exit 3'] } } });
    const { error, cause = '' } = await (await run(await machine(), at)).end();
    expect(error).toBe('States.TaskFailed');
    expect(JSON.parse(cause)).toMatchObject({ Build: { BuildStatus: 'FAILED', ProjectName: 'builds' } });
  });

  it('stops with its execution, and no later state runs', async () => {
    const { machine, at, client } = await setUp({ phases: { build: { commands: ['sleep 60'] } } });
    const { sfn, executionArn } = await run(await machine(), at);
    const id = await until('a build is running', () => {
      const [entry] = at.kernel.store.collection<{ process?: object }>('codebuild.builds').entries();
      return entry?.[1].process === undefined ? undefined : entry[0];
    });
    await sfn.send(new StopExecutionCommand({ executionArn }));
    await until('the build is stopped', async () => {
      const { builds } = await client.send(new BatchGetBuildsCommand({ ids: [id] }));
      return builds?.[0]?.buildStatus === 'STOPPED' || undefined;
    });
    const { events = [] } = await sfn.send(new GetExecutionHistoryCommand({ executionArn }));
    expect(events.map(({ type }) => type).slice(1)).toEqual(['TaskStateEntered', 'TaskScheduled', 'ExecutionAborted']);
  });

  it.each(RUN.flatMap(({ Action }) => Action).filter((action) => action !== 'codebuild:StopBuild'))(
    'needs %s',
    async (missing) => {
      const statements = RUN.map((one) => ({ ...one, Action: one.Action.filter((action) => action !== missing) }));
      const { machine, at } = await setUp(answer, {}, statements);
      const { status, error, cause } = await (await run(await machine(), at)).end();
      expect([status, error]).toEqual(['FAILED', 'CodeBuild.AccessDeniedException']);
      expect(cause).toContain(missing);
    },
  );
});
