import { EventBridgeClient, PutEventsCommand, PutRuleCommand } from '@aws-sdk/client-eventbridge';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createEvents } from '../../local/services/events/events.ts';
import { createSqs } from '../../local/services/sqs/sqs.ts';
import { type Bench, bench } from '../local/support.ts';
import { declare } from './declare.ts';

let world: Bench;
let sqs: ReturnType<typeof createSqs>;
let events: ReturnType<typeof createEvents>;
let client: EventBridgeClient;

beforeAll(async () => {
  world = await bench((kernel) => {
    sqs = createSqs(kernel);
    events = createEvents(kernel, sqs);
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
  it('has an event in the queue of each rule that matches when it answers', async () => {
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

  it("keeps an event that a queue's policy refuses in the target's dead-letter queue", async () => {
    const arn = await queueOf('refused', 'rule/gantry/another');
    const dead = await queueOf('dead', 'rule/gantry/refused');
    await rule('refused', { Targets: [{ Id: 'queue', Arn: arn, DeadLetterConfig: { Arn: dead } }] });
    expect((await put('refused')).FailedEntryCount).toBe(0);
    expect(await received(arn)).toEqual([]);
    expect(await received(dead)).toMatchObject([{ source: 'refused' }]);
  });

  it('notes an event that no queue could take', async () => {
    await rule('lost', { Targets: [{ Id: 'queue', Arn: 'arn:aws:sqs:xx-local-1:000000000000:nowhere' }] });
    await put('lost');
    expect(world.notes).toContainEqual(expect.stringContaining('It is lost to this target'));
  });

  it('fails an entry that is not valid alone, with the reason', async () => {
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

  it("carries AWS services' own events on the default bus", async () => {
    const arn = await queueOf('own', 'rule/own');
    await rule('own', {
      EventBusName: 'default',
      EventPattern: { source: ['aws.states'], detail: { status: ['ABORTED'] } },
      Targets: [{ Id: 'queue', Arn: arn }],
    });
    await events.publish({ source: 'aws.states', detailType: 'Changed', detail: { status: 'ABORTED' }, resources: [] });
    expect(await received(arn)).toMatchObject([{ source: 'aws.states', 'detail-type': 'Changed' }]);
  });

  it('demands the right to put events on each bus that is named', async () => {
    const bus = 'arn:aws:events:xx-local-1:000000000000:event-bus/gantry';
    const role = world.role('Putter', [{ Effect: 'Allow', Action: 'events:PutEvents', Resource: bus }]);
    const putter = new EventBridgeClient(world.client(role));
    const entry = { Source: 's', DetailType: 't', Detail: '{}' };
    await putter.send(new PutEventsCommand({ Entries: [{ ...entry, EventBusName: bus }] }));
    await expect(putter.send(new PutEventsCommand({ Entries: [entry] }))).rejects.toThrow('event-bus/default');
    putter.destroy();
  });

  it('refuses by name what it does not emulate', async () => {
    await expect(client.send(new PutRuleCommand({ Name: 'x' }))).rejects.toThrow('PutRule');
    await expect(rule('x', { Targets: [{ Id: 'f', Arn: 'arn:aws:lambda:x:0:function:f' }] })).rejects.toThrow('SQS');
    await expect(rule('x', { Targets: [{ Id: 'q', Arn: 'arn:aws:sqs:x:0:q', InputTransformer: {} }] })).rejects.toThrow(
      'InputTransformer',
    );
    await expect(put('x', { EventBusName: 'nowhere' })).rejects.toThrow('event-bus/nowhere');
    await expect(put('x', { TraceHeader: 'x' })).resolves.toMatchObject({ FailedEntryCount: 1 });
  });
});
