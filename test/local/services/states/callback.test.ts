import {
  GetExecutionHistoryCommand,
  SendTaskFailureCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { sendTaskSuccess } from '@gantry/cloud/stepfunctions.ts';
import { describe, expect, it } from '@jest/globals';
import validate from 'asl-validator';
import { actingAs } from '../../caller.ts';
import { Busy, ended, INVOKE, setUp } from './machine.ts';
import { until } from './ports.ts';

describe('a task with a task token', () => {
  /** A machine whose function passes its token to the test, and runs until `returns` resolves. */
  async function waiting(more: object = {}, returns: () => Promise<unknown> = async () => null) {
    const tokens: string[] = [];
    const setup = await setUp({
      ask({ token }: { token: string }) {
        tokens.push(token);
        return returns();
      },
    });
    const stateMachineArn = await setup.declare({
      Ask: {
        Type: 'Task',
        Resource: `${INVOKE}.waitForTaskToken`,
        Arguments: { FunctionName: 'ask', Payload: { token: '{% $states.context.Task.Token %}' } },
        End: true,
        ...more,
      },
    });
    const begin = async () => {
      const { executionArn } = await setup.sfn.send(new StartExecutionCommand({ stateMachineArn }));
      return executionArn ?? '';
    };
    const token = (nth = 0) => until(`there is token ${nth}`, () => tokens[nth]);
    const succeed = (taskToken: string, output = '{"n":1}') =>
      setup.sfn.send(new SendTaskSuccessCommand({ taskToken, output }));
    return { ...setup, stateMachineArn, begin, token, succeed };
  }

  it('ends once, with the output that is sent, even before its function returns', async () => {
    for (const returns of [async () => 'ignored', () => new Promise((resolve) => setTimeout(resolve, 1_000))]) {
      const { begin, token, succeed, sfn } = await waiting({ Output: '{% $states.result.n + 1 %}' }, returns);
      const execution = await begin();
      const taskToken = await token();
      await succeed(taskToken);
      expect(await ended(sfn, execution)).toMatchObject({ status: 'SUCCEEDED', output: '2' });
      await expect(succeed(taskToken)).rejects.toMatchObject({ name: 'TaskTimedOut' });
    }
  });

  it('shows the call and the answer in its history', async () => {
    const { begin, token, succeed, sfn } = await waiting();
    const executionArn = await begin();
    const types = async () => {
      const { events = [] } = await sfn.send(new GetExecutionHistoryCommand({ executionArn }));
      return events.map(({ type }) => String(type));
    };
    const taskToken = await token();
    await until('the task is submitted', async () => (await types()).includes('TaskSubmitted') || undefined);
    await succeed(taskToken);
    await ended(sfn, executionArn);
    expect(await types()).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'TaskScheduled',
      'TaskSubmitted',
      'TaskSucceeded',
      'TaskStateExited',
      'ExecutionSucceeded',
    ]);
  });

  it('fails with the error that is sent, is retried with a new token, and the old token is void', async () => {
    const Retry = [{ ErrorEquals: ['Full'], IntervalSeconds: 1, MaxAttempts: 1 }];
    const { begin, token, succeed, sfn } = await waiting({ Retry });
    const execution = await begin();
    const first = await token();
    await sfn.send(new SendTaskFailureCommand({ taskToken: first, error: 'Full', cause: 'no room' }));
    const second = await token(1);
    expect(second).not.toBe(first);
    await expect(succeed(first)).rejects.toMatchObject({ name: 'TaskTimedOut' });
    await sfn.send(new SendTaskFailureCommand({ taskToken: second, error: 'Full', cause: 'no room' }));
    expect(await ended(sfn, execution)).toMatchObject({ status: 'FAILED', error: 'Full', cause: 'no room' });
  });

  it('fails when its function fails, even if a result is sent later', async () => {
    const { begin, token, succeed, sfn } = await waiting({}, () => Promise.reject(new Busy('not now')));
    const execution = await begin();
    expect(await ended(sfn, execution)).toMatchObject({ status: 'FAILED', error: 'Busy' });
    await expect(succeed(await token())).rejects.toMatchObject({ name: 'TaskTimedOut' });
  });

  it('ends at its time limit, and at once when its execution is stopped', async () => {
    const late = await waiting({ TimeoutSeconds: 1 });
    expect(await ended(late.sfn, await late.begin())).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
    await expect(late.succeed(await late.token())).rejects.toMatchObject({ name: 'TaskTimedOut' });
    const stopped = await waiting();
    const executionArn = await stopped.begin();
    const taskToken = await stopped.token();
    await stopped.sfn.send(new StopExecutionCommand({ executionArn }));
    expect(await ended(stopped.sfn, executionArn)).toMatchObject({ status: 'ABORTED' });
    await expect(stopped.succeed(taskToken)).rejects.toMatchObject({ name: 'TaskTimedOut' });
  });

  it('refuses malformed and unknown tokens, outputs that are no JSON, and callers without the right', async () => {
    const { begin, token, succeed, sfn, at, stateMachineArn } = await waiting();
    const execution = await begin();
    const taskToken = await token();
    const foreign = Buffer.from('["arn:aws:states:xx-local-1:000000000000:execution:m:none","","x"]').toString(
      'base64url',
    );
    await expect(succeed('no token')).rejects.toMatchObject({ name: 'InvalidToken' });
    await expect(succeed(foreign)).rejects.toMatchObject({ name: 'TaskDoesNotExist' });
    await expect(succeed(taskToken, 'no JSON')).rejects.toMatchObject({ name: 'InvalidOutput' });
    const caller = (name: string, Resource: string) =>
      new SFNClient(at.client(at.role(name, [{ Effect: 'Allow', Action: 'states:SendTaskSuccess', Resource }])));
    const answer = new SendTaskSuccessCommand({ taskToken, output: 'null' });
    await expect(caller('stranger', `${stateMachineArn}2`).send(answer)).rejects.toThrow(
      `not authorized to perform: states:SendTaskSuccess on resource: ${stateMachineArn}`,
    );
    await caller('friend', stateMachineArn).send(answer);
    expect(await ended(sfn, execution)).toMatchObject({ status: 'SUCCEEDED', output: 'null' });
  });

  it('can be ended by the platform, which ignores that it ended before', async () => {
    const { begin, token, sfn, at, stateMachineArn } = await waiting();
    const execution = await begin();
    const taskToken = await token();
    const may = at.role('answers', [{ Effect: 'Allow', Action: 'states:SendTaskSuccess', Resource: stateMachineArn }]);
    await actingAs(at, may, async () => {
      await sendTaskSuccess(taskToken, { done: true });
      await sendTaskSuccess(taskToken, { done: true });
      await expect(sendTaskSuccess('no token', {})).rejects.toMatchObject({ name: 'InvalidToken' });
    });
    expect(await ended(sfn, execution)).toMatchObject({ status: 'SUCCEEDED', output: '{"done":true}' });
  });

  it('passes asl-validator', () => {
    const Ask = {
      Type: 'Task',
      Resource: `${INVOKE}.waitForTaskToken`,
      Arguments: { FunctionName: 'ask', Payload: { token: '{% $states.context.Task.Token %}' } },
      TimeoutSeconds: 60,
      End: true,
    };
    const definition = { QueryLanguage: 'JSONata', StartAt: 'Ask', States: { Ask } };
    expect(validate(definition)).toMatchObject({ isValid: true, errors: [] });
  });
});
