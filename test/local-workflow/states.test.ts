import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  SendTaskFailureCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { sendTaskSuccess } from '@gantry/cloud/stepfunctions.ts';
import { afterEach, describe, expect, it } from '@jest/globals';
import validate from 'asl-validator';
import type { BuildRunner } from '../../local/kernel/ports.ts';
import type { Room } from '../../local/kernel/resource.ts';
import { createStates } from '../../local/services/states/states.ts';
import { actingAs } from '../local/caller.ts';
import { type Bench, bench } from '../local/support.ts';
import { declare, functions, type Handler, until } from './support.ts';

const FUNCTION = 'arn:aws:lambda:xx-local-1:000000000000:function';
const INVOKE = 'arn:aws:states:::lambda:invoke';

const noBuilds: BuildRunner = {
  start: async () => Promise.reject(new Error('no builds here')),
  ended: async () => Promise.reject(new Error('no builds here')),
  stop: async () => undefined,
};

interface Setup {
  readonly at: Bench;
  readonly sfn: SFNClient;
  readonly events: { readonly detail: unknown }[];
  declare(states: object, more?: object): Promise<string>;
  run(machine: string, input?: unknown): Promise<{ status: string; output: unknown; error?: string; cause?: string }>;
}

const open: Bench[] = [];
afterEach(async () => {
  for (const at of open.splice(0)) await at.close();
});

async function setUp(handlers: Readonly<Record<string, Handler>> = {}, statements?: readonly object[]): Promise<Setup> {
  const events: { readonly detail: unknown }[] = [];
  let room: Room | undefined;
  const at = await bench((kernel) => {
    room = createStates(kernel, {
      lambda: functions(kernel, handlers),
      builds: noBuilds,
      events: { publish: async (event) => void events.push(event) },
      assets: { path: () => undefined },
    });
    return [room];
  });
  open.push(at);
  const allowed = statements ?? [{ Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: `${FUNCTION}:*` }];
  const role = at.role('machine', allowed, ['states.amazonaws.com']);
  const sfn = new SFNClient(at.client());
  return {
    at,
    sfn,
    events,
    async declare(states, more = {}) {
      const definition = { QueryLanguage: 'JSONata', StartAt: Object.keys(states)[0], States: states, ...more };
      const { ref } = await declare(at.kernel, room ?? {}, 'AWS::StepFunctions::StateMachine', {
        DefinitionString: JSON.stringify(definition),
        RoleArn: role.kind === 'role' ? role.arn : '',
      });
      return ref;
    },
    async run(stateMachineArn, input = {}) {
      const { executionArn } = await sfn.send(
        new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) }),
      );
      const { status = '', output, error, cause } = await ended(sfn, executionArn);
      return {
        status,
        output: output === undefined ? undefined : JSON.parse(output),
        ...(error === undefined ? {} : { error }),
        ...(cause === undefined ? {} : { cause }),
      };
    },
  };
}

function ended(sfn: SFNClient, executionArn: string | undefined) {
  return until(`the end of ${executionArn}`, async () => {
    const found = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    return found.status === 'RUNNING' ? undefined : found;
  });
}

class Busy extends Error {
  override readonly name = 'Busy';
}

describe('a state machine', () => {
  it('passes data through variables, arguments and outputs in JSONata', async () => {
    const { declare: make, run } = await setUp({ double: ({ n }: { n: number }) => ({ n: n * 2 }) });
    const machine = await make({
      Start: { Type: 'Pass', Assign: { base: '{% $states.input.n %}' }, Output: { kept: true }, Next: 'Double' },
      Double: {
        Type: 'Task',
        Resource: INVOKE,
        Arguments: { FunctionName: `${FUNCTION}:double`, Payload: { n: '{% $base %}' } },
        Assign: { doubled: '{% $states.result.Payload.n %}' },
        Output: '{% $merge([$states.input, $states.result.Payload]) %}',
        Next: 'End',
      },
      End: {
        Type: 'Succeed',
        Output: {
          sum: '{% $base + $doubled %}',
          kept: '{% $states.input.kept %}',
          name: '{% $states.context.State.Name %}',
          hash: "{% $hash('a', 'SHA-256') %}",
          parts: '{% $partition([1..5], 2) %}',
        },
      },
    });
    expect(await run(machine, { n: 21 })).toEqual({
      status: 'SUCCEEDED',
      output: {
        sum: 63,
        kept: true,
        name: 'End',
        hash: 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb',
        parts: [[1, 2], [3, 4], [5]],
      },
    });
  });

  it('calls a function that is itself the resource with the state input', async () => {
    const { declare: make, run } = await setUp({ echo: (event) => event });
    const machine = await make({ Echo: { Type: 'Task', Resource: `${FUNCTION}:echo`, End: true } });
    expect(await run(machine, { a: 1 })).toEqual({ status: 'SUCCEEDED', output: { a: 1 } });
  });

  it('chooses by condition, falls to the default, and fails by name where neither fits', async () => {
    const { declare: make, run } = await setUp();
    const choice = {
      Type: 'Choice',
      Choices: [{ Condition: '{% $states.input.n > 1 %}', Next: 'Big', Output: 'big' }],
    };
    const ends = {
      Big: { Type: 'Succeed' },
      Small: { Type: 'Fail', Error: 'TooSmall', Cause: '{% $string($states.input.n) %}' },
    };
    const machine = await make({ Choose: { ...choice, Default: 'Small' }, ...ends });
    expect(await run(machine, { n: 2 })).toEqual({ status: 'SUCCEEDED', output: 'big' });
    expect(await run(machine, { n: 1 })).toEqual({
      status: 'FAILED',
      output: undefined,
      error: 'TooSmall',
      cause: '1',
    });
  });

  it('retries a named error, then catches what is left with its cause', async () => {
    let calls = 0;
    const { declare: make, run } = await setUp({
      flaky() {
        calls += 1;
        throw new Busy(`attempt ${calls}`);
      },
    });
    const machine = await make({
      Try: {
        Type: 'Task',
        Resource: INVOKE,
        Arguments: { FunctionName: 'flaky' },
        Retry: [{ ErrorEquals: ['Busy'], IntervalSeconds: 1, MaxAttempts: 2, BackoffRate: 1, JitterStrategy: 'FULL' }],
        Catch: [
          { ErrorEquals: ['States.ALL'], Assign: { why: '{% $states.errorOutput %}' }, Output: {}, Next: 'Caught' },
        ],
        End: true,
      },
      Caught: { Type: 'Pass', Output: '{% $why %}', End: true },
    });
    const { status, output } = await run(machine);
    expect(calls).toBe(3);
    expect(status).toBe('SUCCEEDED');
    expect(output).toMatchObject({
      Error: 'Busy',
      Cause: JSON.stringify({ errorMessage: 'attempt 3', errorType: 'Busy' }),
    });
  });

  it('ends a task at its time limit, computed by an expression', async () => {
    const { declare: make, run } = await setUp({ slow: () => new Promise((resolve) => setTimeout(resolve, 3_000)) });
    const machine = await make({
      Slow: { Type: 'Task', Resource: `${FUNCTION}:slow`, TimeoutSeconds: '{% $states.input.limit %}', End: true },
    });
    expect(await run(machine, { limit: 1 })).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
  });

  it('ends as a whole at its own time limit', async () => {
    const { declare: make, run } = await setUp();
    const machine = await make({ Wait: { Type: 'Wait', Seconds: 60, End: true } }, { TimeoutSeconds: 1 });
    expect(await run(machine)).toMatchObject({ status: 'TIMED_OUT' });
  });

  it('runs branches and items side by side and keeps their order; an inner failure is the state error', async () => {
    const { declare: make, run } = await setUp({
      square({ n }: { n: number }) {
        if (n < 0) throw new Busy('negative');
        return n * n;
      },
    });
    const square = { Type: 'Task', Resource: `${FUNCTION}:square`, End: true };
    const machine = await make({
      Both: {
        Type: 'Parallel',
        Branches: [
          {
            StartAt: 'Each',
            States: {
              Each: {
                Type: 'Map',
                Items: '{% $states.input.items %}',
                ItemSelector: {
                  n: '{% $states.context.Map.Item.Value %}',
                  index: '{% $states.context.Map.Item.Index %}',
                },
                ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' }, StartAt: 'Square', States: { Square: square } },
                MaxConcurrency: 2,
                End: true,
              },
            },
          },
          { StartAt: 'Wait', States: { Wait: { Type: 'Wait', Seconds: 0, Output: 'waited', End: true } } },
        ],
        Catch: [{ ErrorEquals: ['Busy'], Output: '{% $states.errorOutput.Error %}', Next: 'Failed' }],
        End: true,
      },
      Failed: { Type: 'Pass', End: true },
    });
    expect(await run(machine, { items: [1, 2, 3, 4, 5] })).toEqual({
      status: 'SUCCEEDED',
      output: [[1, 4, 9, 16, 25], 'waited'],
    });
    expect(await run(machine, { items: [1, -2, 3] })).toEqual({ status: 'SUCCEEDED', output: 'Busy' });
  });

  it('fails an expression that has no value, and one that never ends, as a query error', async () => {
    const { declare: make, run } = await setUp();
    const nothing = await make({ P: { Type: 'Pass', Output: '{% $states.input.nowhere %}', End: true } });
    expect(await run(nothing)).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError' });
    const endless = await make({
      P: { Type: 'Pass', Output: '{% ($f := function($n) { 1 + $f($n) }; $f(1)) %}', End: true },
    });
    expect(await run(endless)).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError' });
  });

  it('fails a result over 256 KB, which no States.ALL catches', async () => {
    const { declare: make, run } = await setUp({ large: () => 'x'.repeat(300_000) });
    const machine = await make({
      Large: {
        Type: 'Task',
        Resource: `${FUNCTION}:large`,
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Caught' }],
        End: true,
      },
      Caught: { Type: 'Pass', End: true },
    });
    expect(await run(machine)).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
  });

  it('shows a denied call as the error of the integration', async () => {
    const { declare: make, run } = await setUp({ echo: (event) => event }, []);
    const machine = await make({
      Echo: { Type: 'Task', Resource: INVOKE, Arguments: { FunctionName: 'echo' }, End: true },
    });
    const { status, error, cause } = await run(machine);
    expect([status, error]).toEqual(['FAILED', 'Lambda.AWSLambdaException']);
    expect(cause).toContain('is not authorized to perform: lambda:InvokeFunction');
  });
});

describe('a definition', () => {
  const task = { Type: 'Task', Resource: `${FUNCTION}:f`, End: true };
  it.each([
    ['an unknown field', { A: { ...task, HeartbeatSeconds: 5 } }, /States\/A\/HeartbeatSeconds/],
    ['JSONPath', { A: { ...task, QueryLanguage: 'JSONPath' } }, /uses JSONPath/],
    ['a JSONPath field', { A: { ...task, ResultPath: '$.a' } }, /States\/A\/ResultPath/],
    ['another integration', { A: { ...task, Resource: 'arn:aws:states:::sqs:sendMessage' } }, /sqs:sendMessage/],
    [
      'an unknown argument of an integration',
      { A: { ...task, Resource: INVOKE, Arguments: { FunctionName: 'f', Qualifier: '1' } } },
      /Arguments\/Qualifier/,
    ],
    ['a target that does not exist', { A: { Type: 'Pass', Next: 'Nowhere' } }, /Nowhere/],
    ['neither Next nor End', { A: { Type: 'Pass' } }, /either Next or End/],
    ['an expression with an error', { A: { Type: 'Pass', Output: '{% 1 + %}', End: true } }, /is not JSONata/],
    ['a distributed Map', { A: { Type: 'Map', ItemReader: {}, End: true } }, /ItemReader/],
    ['a retrier with an unknown field', { A: { ...task, Retry: [{ ErrorEquals: ['A'], Forever: true }] } }, /Forever/],
  ])('with %s is refused by name', async (_, states, message) => {
    const { declare: make } = await setUp();
    await expect(make(states)).rejects.toThrow(message);
  });
});

describe('an execution', () => {
  const wait = { Wait: { Type: 'Wait', Seconds: 60, End: true } };

  it('is started once for its name and input, and refused for another input', async () => {
    const { declare: make, sfn } = await setUp();
    const stateMachineArn = await make(wait);
    const start = (input: string) => sfn.send(new StartExecutionCommand({ stateMachineArn, name: 'one', input }));
    const first = await start('{"a":1}');
    expect((await start('{"a":1}')).executionArn).toBe(first.executionArn);
    await expect(start('{"a":2}')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
    const { executionArn } = first;
    await sfn.send(new StopExecutionCommand({ executionArn }));
    await expect(start('{"a":1}')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
    const { executions } = await sfn.send(new ListExecutionsCommand({ stateMachineArn }));
    expect(executions?.map(({ name, status }) => [name, status])).toEqual([['one', 'ABORTED']]);
  });

  it('is aborted with the reason given, tells EventBridge, and keeps its history', async () => {
    const { declare: make, sfn, events } = await setUp();
    const stateMachineArn = await make(wait);
    const { executionArn } = await sfn.send(new StartExecutionCommand({ stateMachineArn }));
    await sfn.send(new StopExecutionCommand({ executionArn, error: 'Superseded', cause: 'a newer one' }));
    expect(await ended(sfn, executionArn)).toMatchObject({
      status: 'ABORTED',
      error: 'Superseded',
      cause: 'a newer one',
    });
    await until('both events', () => events[1]);
    expect(events.map(({ detail }) => detail)).toMatchObject([
      { status: 'RUNNING' },
      { status: 'ABORTED', executionArn },
    ]);
    const history = await sfn.send(new GetExecutionHistoryCommand({ executionArn }));
    expect(history.events?.map(({ type }) => type)).toEqual([
      'ExecutionStarted',
      'WaitStateEntered',
      'ExecutionAborted',
    ]);
  });

  it('is stopped at once, but a function that it called goes on until its end, as on AWS', async () => {
    const said: string[] = [];
    const called = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const {
      declare: make,
      sfn,
      events,
    } = await setUp({
      async long() {
        called.resolve();
        await goOn.promise;
        said.push('the function ended');
      },
      next: () => said.push('the next state ran'),
    });
    const caught = { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Next' }], Next: 'Next' };
    const stateMachineArn = await make({
      Long: { Type: 'Task', Resource: `${FUNCTION}:long`, ...caught },
      Next: { Type: 'Task', Resource: `${FUNCTION}:next`, End: true },
    });
    const { executionArn } = await sfn.send(new StartExecutionCommand({ stateMachineArn }));
    await called.promise;
    await sfn.send(new StopExecutionCommand({ executionArn }));
    await sfn.send(new StopExecutionCommand({ executionArn }));
    await until('both events', () => events[1]);
    expect(said).toEqual([]);
    goOn.resolve();
    await until('the end of the function', () => said[0]);
    expect(await ended(sfn, executionArn)).toMatchObject({ status: 'ABORTED' });
    expect([said, events.length]).toEqual([['the function ended'], 2]);
  });

  it('tells EventBridge its input and output, save where they are too long for an event', async () => {
    const { declare: make, run, events } = await setUp();
    const machine = await make({ Out: { Type: 'Pass', Output: "{% $pad('x', $states.input.length) %}", End: true } });
    for (const length of [1, 160_000, 253_953]) await run(machine, { length, filler: 'y'.repeat(100_000) });
    await until('all events', () => events[5]);
    const [, short, , longInput, , longOutput] = events.map(({ detail }) => detail as Record<string, unknown>);
    expect(short).toMatchObject({ inputDetails: { included: true }, output: '"x"', outputDetails: { included: true } });
    expect(longInput).toMatchObject({
      input: null,
      inputDetails: { included: false },
      outputDetails: { included: true },
    });
    expect(longOutput).toMatchObject({ input: null, output: null, outputDetails: { included: false } });
  });

  it('needs states:StartExecution on the machine', async () => {
    const { declare: make, at } = await setUp();
    const stateMachineArn = await make(wait);
    const start = (resource: string, role: string) => {
      const statement = { Effect: 'Allow', Action: 'states:StartExecution', Resource: resource };
      const client = new SFNClient(at.client(at.role(role, [statement])));
      return client.send(new StartExecutionCommand({ stateMachineArn }));
    };
    await expect(start(`${stateMachineArn}x`, 'other')).rejects.toMatchObject({ name: 'AccessDeniedException' });
    await expect(start(stateMachineArn, 'right')).resolves.toBeDefined();
  });

  it('counts its transitions', async () => {
    const { declare: make, run, at } = await setUp();
    await run(await make({ A: { Type: 'Pass', Next: 'B' }, B: { Type: 'Succeed' } }));
    expect(at.kernel.meter.snapshot()).toMatchObject({ 'states.transitions': 2 });
  });
});

describe('a task that waits for its token', () => {
  /** A machine whose function hands its token to the test, and stays until `returns` resolves. */
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
    const token = (nth = 0) => until(`token ${nth}`, () => tokens[nth]);
    const succeed = (taskToken: string, output = '{"n":1}') =>
      setup.sfn.send(new SendTaskSuccessCommand({ taskToken, output }));
    return { ...setup, stateMachineArn, begin, token, succeed };
  }

  it('ends with the output that it is given, once, whether its function has returned or not', async () => {
    for (const returns of [async () => 'ignored', () => new Promise((resolve) => setTimeout(resolve, 1_000))]) {
      const { begin, token, succeed, sfn } = await waiting({ Output: '{% $states.result.n + 1 %}' }, returns);
      const execution = await begin();
      const taskToken = await token();
      await succeed(taskToken);
      expect(await ended(sfn, execution)).toMatchObject({ status: 'SUCCEEDED', output: '2' });
      await expect(succeed(taskToken)).rejects.toMatchObject({ name: 'TaskTimedOut' });
    }
  });

  it('shows in its history that it was called and that it was answered', async () => {
    const { begin, token, succeed, sfn } = await waiting();
    const executionArn = await begin();
    const types = async () => {
      const { events = [] } = await sfn.send(new GetExecutionHistoryCommand({ executionArn }));
      return events.map(({ type }) => String(type));
    };
    const taskToken = await token();
    await until('the submission', async () => (await types()).includes('TaskSubmitted') || undefined);
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

  it('fails as it is told to, is tried again with another token, and the old one is worth nothing', async () => {
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

  it('fails where its function does, whatever is said later', async () => {
    const { begin, token, succeed, sfn } = await waiting({}, () => Promise.reject(new Busy('not now')));
    const execution = await begin();
    expect(await ended(sfn, execution)).toMatchObject({ status: 'FAILED', error: 'Busy' });
    await expect(succeed(await token())).rejects.toMatchObject({ name: 'TaskTimedOut' });
  });

  it('ends at its time limit while it waits, and at once where its execution is stopped', async () => {
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

  it('refuses what is no token, a token of nobody, an output that is no JSON, and whoever may not answer', async () => {
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

  it('is ended by the platform, which does not mind that it has ended before', async () => {
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

  it('is one that the validator of the definitions takes', () => {
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
