import { EventBridgeClient, PutEventsCommand, PutRuleCommand } from '@aws-sdk/client-eventbridge';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Invocation } from '../../../../local/kernel/ports.ts';
import { createEvents } from '../../../../local/services/events/events.ts';
import { createSqs } from '../../../../local/services/sqs/sqs.ts';
import { type Bench, bench } from '../../support.ts';
import { declare } from '../declare.ts';

let world: Bench;
let sqs: ReturnType<typeof createSqs>;
let events: ReturnType<typeof createEvents>;
let client: EventBridgeClient;

/** The target of schedules: it records the event and answers on request. */
const calls: Record<string, unknown>[] = [];
let answer = async (): Promise<Invocation> => ({ ok: true, payload: null, logTail: '' });

beforeAll(async () => {
  world = await bench((kernel) => {
    sqs = createSqs(kernel);
    events = createEvents(kernel, sqs, {
      async invoke(resource, event, principal) {
        kernel.iam.require(principal, { action: 'lambda:InvokeFunction', resource });
        calls.push(event as Record<string, unknown>);
        return answer();
      },
    });
    return [sqs, events];
  });
  client = new EventBridgeClient(world.client());
  await declare(world.kernel, events, 'AWS::Events::EventBus', 'Bus', { Name: 'gantry' });
});
afterAll(async () => {
  client.destroy();
  await world.close();
});

/** A queue that takes messages from the rule of the same name. */
async function queueOf(name: string, rule = `rule/gantry/${name}`): Promise<string> {
  const { ref, attributes } = await declare(world.kernel, sqs, 'AWS::SQS::Queue', name, {});
  const statement = {
    Effect: 'Allow',
    Principal: { Service: 'events.amazonaws.com' },
    Action: 'sqs:SendMessage',
    Resource: attributes.Arn,
    Condition: { ArnEquals: { 'aws:SourceArn': `arn:aws:events:xx-local-1:000000000000:${rule}` } },
  };
  const PolicyDocument = { Statement: [statement] };
  await declare(world.kernel, sqs, 'AWS::SQS::QueuePolicy', `${name}Policy`, { Queues: [ref], PolicyDocument });
  return String(attributes.Arn);
}
const rule = (Name: string, properties: object) =>
  declare(world.kernel, events, 'AWS::Events::Rule', Name, {
    Name,
    EventBusName: 'gantry',
    EventPattern: { source: [Name] },
    ...properties,
  });
const received = async (arn: string) => {
  const messages = await sqs.receive(arn, 10, 0, { kind: 'operator' }, new AbortController().signal);
  return messages.map(({ body }) => JSON.parse(body) as Record<string, unknown>);
};
const put = (Source: string, more: object = {}) =>
  client.send(
    new PutEventsCommand({
      Entries: [{ EventBusName: 'gantry', Source, DetailType: 'thing.made', Detail: '{"id":1}', ...more }],
    }),
  );

describe('EventBridge', () => {
  it('delivers an event to the queue of each matching rule before it answers', async () => {
    const arn = await queueOf('match');
    await rule('match', {
      EventPattern: { source: ['match'], 'detail-type': [{ prefix: 'thing.' }] },
      Targets: [{ Id: 'queue', Arn: arn }],
    });
    const answer = await put('match', { Resources: ['r'], Time: new Date('2026-01-02T03:04:05.678Z') });
    expect(answer.FailedEntryCount).toBe(0);
    await put('match', { DetailType: 'other' });
    expect(await received(arn)).toEqual([
      {
        version: '0',
        id: answer.Entries?.[0]?.EventId,
        'detail-type': 'thing.made',
        source: 'match',
        account: '000000000000',
        time: '2026-01-02T03:04:05Z',
        region: 'xx-local-1',
        resources: ['r'],
        detail: { id: 1 },
      },
    ]);
  });

  it("puts an event that a queue's policy refuses into the target's dead-letter queue", async () => {
    const arn = await queueOf('refused', 'rule/gantry/another');
    const dead = await queueOf('dead', 'rule/gantry/refused');
    await rule('refused', { Targets: [{ Id: 'queue', Arn: arn, DeadLetterConfig: { Arn: dead } }] });
    expect((await put('refused')).FailedEntryCount).toBe(0);
    expect(await received(arn)).toEqual([]);
    expect(await received(dead)).toMatchObject([{ source: 'refused' }]);
  });

  it('notes an event that no queue accepts', async () => {
    await rule('lost', { Targets: [{ Id: 'queue', Arn: 'arn:aws:sqs:xx-local-1:000000000000:nowhere' }] });
    await put('lost');
    expect(world.notes).toContainEqual(expect.stringContaining('It is lost to this target'));
  });

  it('rejects one invalid entry with the reason, and accepts the others', async () => {
    const arn = await queueOf('partly');
    await rule('partly', { Targets: [{ Id: 'queue', Arn: arn }] });
    const entry = { EventBusName: 'gantry', Source: 'partly', DetailType: 't', Detail: '{}' };
    const answer = await client.send(
      new PutEventsCommand({
        Entries: [entry, { ...entry, Detail: 'text' }, { ...entry, Source: 'aws.s3' }, { ...entry, DetailType: '' }],
      }),
    );
    expect(answer.FailedEntryCount).toBe(3);
    expect(answer.Entries?.map(({ ErrorCode }) => ErrorCode)).toEqual([
      undefined,
      'MalformedDetail',
      'NotAuthorizedForSourceException',
      'InvalidArgument',
    ]);
    expect(await received(arn)).toHaveLength(1);
  });

  it('carries events of AWS services on the default bus', async () => {
    const arn = await queueOf('own', 'rule/own');
    await rule('own', {
      EventBusName: 'default',
      EventPattern: { source: ['aws.states'], detail: { status: ['ABORTED'] } },
      Targets: [{ Id: 'queue', Arn: arn }],
    });
    await events.publish({ source: 'aws.states', detailType: 'Changed', detail: { status: 'ABORTED' }, resources: [] });
    expect(await received(arn)).toMatchObject([{ source: 'aws.states', 'detail-type': 'Changed' }]);
  });

  it('uses the default bus for a rule without a bus', async () => {
    const arn = await queueOf('unnamed', 'rule/unnamed');
    await declare(world.kernel, events, 'AWS::Events::Rule', 'Unnamed', {
      Name: 'unnamed',
      EventPattern: { source: ['aws.states'], 'detail-type': ['Unnamed'] },
      Targets: [{ Id: 'queue', Arn: arn }],
    });
    await events.publish({ source: 'aws.states', detailType: 'Unnamed', detail: {}, resources: [] });
    expect(await received(arn)).toHaveLength(1);
  });

  it('requires the right to put events on each named bus', async () => {
    const bus = 'arn:aws:events:xx-local-1:000000000000:event-bus/gantry';
    const role = world.role('Putter', [{ Effect: 'Allow', Action: 'events:PutEvents', Resource: bus }]);
    const putter = new EventBridgeClient(world.client(role));
    const entry = { Source: 's', DetailType: 't', Detail: '{}' };
    await putter.send(new PutEventsCommand({ Entries: [{ ...entry, EventBusName: bus }] }));
    await expect(putter.send(new PutEventsCommand({ Entries: [entry] }))).rejects.toThrow('event-bus/default');
    putter.destroy();
  });

  it('refuses unsupported parameters by name', async () => {
    await expect(client.send(new PutRuleCommand({ Name: 'x' }))).rejects.toThrow('PutRule');
    const lambda = { Id: 'f', Arn: 'arn:aws:lambda:x:0:function:f' };
    await expect(rule('x', { Targets: [lambda] })).rejects.toThrow('SQS');
    for (const ScheduleExpression of ['cron(0 12 * * ? *)', 'rate(1 minutes)', 'rate(5 minute)', 'rate(0 minutes)']) {
      const scheduled = { EventBusName: 'default', EventPattern: undefined, ScheduleExpression, Targets: [lambda] };
      await expect(rule('x', scheduled)).rejects.toThrow(ScheduleExpression);
    }
    await expect(rule('x', { ScheduleExpression: 'rate(1 minute)' })).rejects.toThrow('either an EventPattern or');
    await expect(rule('x', { Targets: [{ Id: 'q', Arn: 'arn:aws:sqs:x:0:q', InputTransformer: {} }] })).rejects.toThrow(
      'InputTransformer',
    );
    await expect(put('x', { EventBusName: 'nowhere' })).rejects.toThrow('event-bus/nowhere');
    await expect(put('x', { TraceHeader: 'x' })).resolves.toMatchObject({ FailedEntryCount: 1 });
  });
});

describe('a schedule', () => {
  const FUNCTION = 'arn:aws:lambda:xx-local-1:000000000000:function:tick';
  const RULE = 'arn:aws:events:xx-local-1:000000000000:rule/clock';
  const clock = (ScheduleExpression: string, more: object = {}) =>
    declare(world.kernel, events, 'AWS::Events::Rule', 'clock', {
      Name: 'clock',
      ScheduleExpression,
      Targets: [{ Id: 'function', Arn: FUNCTION }],
      ...more,
    });
  const permit = (rule: string) =>
    world.kernel.iam.protect(
      FUNCTION,
      {
        Statement: {
          Effect: 'Allow',
          Principal: { Service: 'events.amazonaws.com' },
          Action: 'lambda:InvokeFunction',
          Resource: FUNCTION,
          Condition: { ArnLike: { 'AWS:SourceArn': rule } },
        },
      },
      'test/clock',
    );
  const minutes = (count: number) => jest.advanceTimersByTimeAsync(count * 60_000);

  beforeEach(() => {
    calls.length = 0;
    jest.useFakeTimers({
      doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'],
      now: Math.floor(Date.now() / 60_000) * 60_000,
    });
  });
  afterEach(async () => {
    await events.stop?.();
    jest.useRealTimers();
  });

  it("needs the function's permission for its rule", async () => {
    await clock('rate(1 minute)');
    events.start?.();
    await minutes(2);
    expect(calls).toEqual([]);
    expect(world.notes).toContainEqual(
      expect.stringMatching(/rule\/clock: .* was not called: .*lambda:InvokeFunction/),
    );
  });

  it('calls its function after each period, once a minute is over, with its own event', async () => {
    permit(RULE);
    await clock('rate(2 minutes)');
    events.start?.();
    await minutes(2);
    expect(calls).toEqual([]);
    await minutes(3);
    expect(calls).toHaveLength(2);
    expect(calls[0]).toMatchObject({
      source: 'aws.events',
      'detail-type': 'Scheduled Event',
      resources: [RULE],
      detail: {},
    });
    await events.stop?.();
    await minutes(10);
    expect(calls).toHaveLength(2);
  });

  it('skips a call while one is running, and notes a failed call', async () => {
    permit(RULE);
    await clock('rate(1 minute)');
    const long = Promise.withResolvers<Invocation>();
    answer = () => long.promise;
    events.start?.();
    await minutes(4);
    expect(calls).toHaveLength(1);
    long.resolve({ ok: false, errorType: 'Broken', errorMessage: 'it broke', logTail: '' });
    await minutes(1);
    expect(calls).toHaveLength(2);
    expect(world.notes).toContainEqual(expect.stringContaining('failed: Broken: it broke'));
  });

  it('that is disabled makes no calls', async () => {
    await clock('rate(1 minute)', { State: 'DISABLED' });
    events.start?.();
    await minutes(3);
    expect(calls).toEqual([]);
  });
});
