import {
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { describe, expect, it } from '@jest/globals';
import { Busy, ended, FUNCTION, INVOKE, setUp } from './machine.ts';
import { until } from './ports.ts';

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

  it("calls a function that is a state's resource with the state input", async () => {
    const { declare: make, run } = await setUp({ echo: (event) => event });
    const machine = await make({ Echo: { Type: 'Task', Resource: `${FUNCTION}:echo`, End: true } });
    expect(await run(machine, { a: 1 })).toEqual({ status: 'SUCCEEDED', output: { a: 1 } });
  });

  it('chooses by condition, takes the default, and fails with a named error without either', async () => {
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

  it('retries a named error, and then catches it with its cause', async () => {
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

  it('ends a task at its time limit, which an expression may compute', async () => {
    const { declare: make, run } = await setUp({ slow: () => new Promise((resolve) => setTimeout(resolve, 3_000)) });
    const machine = await make({
      Slow: { Type: 'Task', Resource: `${FUNCTION}:slow`, TimeoutSeconds: '{% $states.input.limit %}', End: true },
    });
    expect(await run(machine, { limit: 1 })).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
  });

  it('ends at its own time limit', async () => {
    const { declare: make, run } = await setUp();
    const machine = await make({ Wait: { Type: 'Wait', Seconds: 60, End: true } }, { TimeoutSeconds: 1 });
    expect(await run(machine)).toMatchObject({ status: 'TIMED_OUT' });
  });

  it("runs branches and items side by side in order, and an inner failure is the state's error", async () => {
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

  it('fails with a query error when an expression has no value or never ends', async () => {
    const { declare: make, run } = await setUp();
    const nothing = await make({ P: { Type: 'Pass', Output: '{% $states.input.nowhere %}', End: true } });
    expect(await run(nothing)).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError' });
    const endless = await make({
      P: { Type: 'Pass', Output: '{% ($f := function($n) { 1 + $f($n) }; $f(1)) %}', End: true },
    });
    expect(await run(endless)).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError' });
  });

  it('fails on a result above 256 KB, which States.ALL does not catch', async () => {
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

  it("reports a denied call as the integration's error", async () => {
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

  it('starts once for a name and input, and another input under that name is refused', async () => {
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

  it('can be stopped with a reason, which EventBridge and its history show', async () => {
    const { declare: make, sfn, events } = await setUp();
    const stateMachineArn = await make(wait);
    const { executionArn } = await sfn.send(new StartExecutionCommand({ stateMachineArn }));
    await sfn.send(new StopExecutionCommand({ executionArn, error: 'Superseded', cause: 'a newer one' }));
    expect(await ended(sfn, executionArn)).toMatchObject({
      status: 'ABORTED',
      error: 'Superseded',
      cause: 'a newer one',
    });
    await until('both events have arrived', () => events[1]);
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

  it('stops at once, but a function that it called runs to its end, as on AWS', async () => {
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
    await until('both events have arrived', () => events[1]);
    expect(said).toEqual([]);
    goOn.resolve();
    await until('the function has ended', () => said[0]);
    expect(await ended(sfn, executionArn)).toMatchObject({ status: 'ABORTED' });
    expect([said, events.length]).toEqual([['the function ended'], 2]);
  });

  it('sends EventBridge its input and output, unless they are too long for an event', async () => {
    const { declare: make, run, events } = await setUp();
    const machine = await make({ Out: { Type: 'Pass', Output: "{% $pad('x', $states.input.length) %}", End: true } });
    for (const length of [1, 160_000, 253_953]) await run(machine, { length, filler: 'y'.repeat(100_000) });
    await until('all events have arrived', () => events[5]);
    const [, short, , longInput, , longOutput] = events.map(({ detail }) => detail as Record<string, unknown>);
    expect(short).toMatchObject({ inputDetails: { included: true }, output: '"x"', outputDetails: { included: true } });
    expect(longInput).toMatchObject({
      input: null,
      inputDetails: { included: false },
      outputDetails: { included: true },
    });
    expect(longOutput).toMatchObject({ input: null, output: null, outputDetails: { included: false } });
  });

  it('needs states:StartExecution on its machine', async () => {
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
