import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Kernel } from '../../../../local/kernel/kernel.ts';
import type { StreamReader, StreamRecord } from '../../../../local/kernel/ports.ts';
import { createLambda } from '../../../../local/services/lambda/room.ts';
import { createSqs } from '../../../../local/services/sqs/sqs.ts';
import { patience, slowness } from '../../../patience.ts';
import { type Bench, bench } from '../../support.ts';
import { assetsOf, declare, functionProperties, functionRole, logSink, until } from './functions.ts';

const STREAM = 'arn:aws:dynamodb:xx-local-1:000000000000:table/rows/stream/2026';

/** A function that logs its event. It fails as a whole, or by report, if a record says so. */
const CONSUMER = `
const text = (record) => record.body ?? record.dynamodb.NewImage.text.S;
export const handler = async ({ Records }) => {
  console.log("batch " + Records.map(text).join(","));
  if (Records.some((record) => text(record).startsWith("throw"))) throw new Error("poison");
  return { batchItemFailures: Records.filter((record) => text(record).startsWith("bad")).map((record) => (
    { itemIdentifier: record.messageId ?? record.dynamodb.SequenceNumber })) };
};`;

const ALLOWED = [
  { Effect: 'Allow', Action: 'sqs:*', Resource: '*' },
  { Effect: 'Allow', Action: 'dynamodb:*', Resource: '*' },
];

/** A stream that holds these texts, one in each record. */
function streamOf(texts: readonly string[]): StreamReader {
  const records = texts.map((text, index): StreamRecord => {
    const SequenceNumber = String(100 + index);
    return {
      eventID: SequenceNumber,
      eventName: 'INSERT',
      dynamodb: { SequenceNumber, ApproximateCreationDateTime: 1_700_000_000, NewImage: { text: { S: text } } },
    };
  });
  return {
    async read(_arn, sequence, max, waitMs, _principal, signal) {
      const rest = records.filter((record) => sequence === undefined || record.eventID > sequence).slice(0, max);
      if (rest.length === 0 && !signal.aborted)
        await new Promise((resolve) => setTimeout(resolve, Math.min(waitMs, 20)));
      return rest;
    },
  };
}

describe('an event source mapping', () => {
  let cloud: Bench | undefined;
  afterEach(async () => {
    await cloud?.close();
    cloud = undefined;
  });

  const start = async (
    mapping: Readonly<Record<string, unknown>>,
    texts: readonly string[] = [],
    allowed = ALLOWED,
  ) => {
    const sink = logSink();
    let sqs: ReturnType<typeof createSqs> | undefined;
    let made: ReturnType<typeof createLambda> | undefined;
    const arns: Record<string, string> = {};
    const isStream = mapping.StartingPosition !== undefined;
    let declareMapping: (more: Readonly<Record<string, unknown>>) => Promise<unknown> = async () => undefined;
    const send = async (...bodies: readonly string[]) => {
      for (const body of bodies) await sqs?.send(arns.main ?? '', body, { kind: 'operator' });
    };
    const open = async (kernel: Kernel) => {
      sqs = createSqs(kernel);
      const assets = assetsOf(kernel, { consumer: CONSUMER });
      const lambda = createLambda(kernel, { logs: sink, assets, queues: sqs, streams: streamOf(texts) });
      made = lambda;
      arns.consumer = 'arn:aws:lambda:xx-local-1:000000000000:function:consumer';
      const dead = await declare(kernel, sqs, 'AWS::SQS::Queue', 'dead', { QueueName: 'dead' });
      arns.dead = String(dead.attributes.Arn);
      const RedrivePolicy = { deadLetterTargetArn: arns.dead, maxReceiveCount: 2 };
      const main = await declare(kernel, sqs, 'AWS::SQS::Queue', 'main', {
        VisibilityTimeout: Math.ceil(slowness),
        RedrivePolicy,
      });
      arns.main = String(main.attributes.Arn);
      const role = functionRole(kernel, 'consumes', allowed);
      await declare(kernel, lambda, 'AWS::Lambda::Function', 'consumer', functionProperties('consumer', role));
      declareMapping = (more) =>
        declare(kernel, lambda, 'AWS::Lambda::EventSourceMapping', 'mapping', {
          FunctionName: 'consumer',
          EventSourceArn: isStream ? STREAM : arns.main,
          ...(isStream ? { DestinationConfig: { OnFailure: { Destination: arns.dead } } } : {}),
          ...more,
        });
      await declare(kernel, lambda, 'AWS::Lambda::EventInvokeConfig', 'failures', {
        FunctionName: 'consumer',
        Qualifier: '$LATEST',
        DestinationConfig: { OnFailure: { Destination: arns.dead } },
      });
      await declareMapping(mapping);
      if (!isStream) await send(...texts);
      return [sqs, lambda];
    };
    cloud = await bench(open);
    const batches = () =>
      sink
        .linesOf('/aws/lambda/consumer')
        .filter((line) => line.includes('\tbatch '))
        .map((line) => line.replace(/^.*\tbatch /, ''));
    const client = new SQSClient(cloud.client());
    const receiveDead = async () => {
      const QueueUrl = `${cloud?.kernel.addresses.aws}/000000000000/dead`;
      return until('there is a dead letter', async () => {
        const answer = await client.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 10 }));
        return answer.Messages?.[0]?.Body;
      });
    };
    const abandon = (event: unknown, why: string) => made?.abandon?.(arns.consumer ?? '', event, why);
    return { batches, abandon, declareMapping, send, receiveDead, notes: cloud.notes, kernel: cloud.kernel };
  };
  const position = (kernel: Kernel) =>
    kernel.store.collection<{ sequence: string }>('lambda.stream-position').get('test/mapping');

  it("passes a failed asynchronous event to the destination of its function, with the function's rights", async () => {
    const { abandon, receiveDead } = await start({});
    await abandon({ awslogs: { data: 'lines' } }, 'Broken: not now');
    expect(JSON.parse(String(await receiveDead()))).toMatchObject({
      requestContext: { condition: 'RetriesExhausted' },
      requestPayload: { awslogs: { data: 'lines' } },
      responsePayload: { errorMessage: 'Broken: not now' },
    });
    const { abandon: without } = await start({}, [], []);
    await expect(without({}, 'Broken')).rejects.toThrow('sqs:SendMessage');
  });

  it('returns only the messages that a function reports as failed, and finally dead-letters them', async () => {
    const reports = { FunctionResponseTypes: ['ReportBatchItemFailures'] };
    const { batches, receiveDead } = await start(reports, ['good 1', 'bad 2', 'good 3']);
    expect(await receiveDead()).toBe('bad 2');
    expect(batches()).toEqual(['good 1,bad 2,good 3', 'bad 2']);
  });

  it('dead-letters a message whose function always throws', async () => {
    const { batches, receiveDead, send } = await start({ BatchSize: 1 });
    await send('throw');
    expect(await receiveDead()).toBe('throw');
    expect(batches()).toEqual(['throw', 'throw']);
  });

  it('passes on only messages that match the filter, and drops the others', async () => {
    const filter = { Filters: [{ Pattern: JSON.stringify({ body: { kind: ['wanted'] } }) }] };
    const { batches, send } = await start({ BatchSize: 1, FilterCriteria: filter });
    await send('{"kind":"other"}', '{"kind":"wanted"}');
    await until('the matching batch has arrived', () => batches().length > 0);
    expect(batches()).toEqual(['{"kind":"wanted"}']);
  });

  it('reads nothing for a function whose role may not read', async () => {
    const { batches, notes, send } = await start(
      {},
      [],
      [{ Effect: 'Allow', Action: 'sqs:DeleteMessage', Resource: '*' }],
    );
    await send('unseen');
    await until('a note names the refusal', () => notes.some((note) => /AccessDenied.*sqs:ReceiveMessage/.test(note)));
    expect(batches()).toEqual([]);
  });

  it('reads a stream in order, batch by batch, and keeps its position', async () => {
    const { batches, kernel } = await start({ StartingPosition: 'TRIM_HORIZON', BatchSize: 2 }, [
      'a',
      'b',
      'c',
      'd',
      'e',
    ]);
    await until('all batches have arrived', () => batches().length === 3);
    expect(batches()).toEqual(['a,b', 'c,d', 'e']);
    // The metric has the age of its records: the alarm EventsLate watches it.
    const age = { namespace: 'AWS/Lambda', name: 'IteratorAge', dimensions: { FunctionName: 'consumer' } };
    const oldest = cloud?.metrics.statistic(age, 'Minimum', 0, Number.POSITIVE_INFINITY) ?? 0;
    expect(oldest).toBeGreaterThan(Date.now() - 1_700_000_000_000 - patience(60_000));
    await until('the position is recorded', () => position(kernel)?.sequence === '104');
  });

  it('skips older records of a stream when it starts at LATEST', async () => {
    const { batches, kernel } = await start({ StartingPosition: 'LATEST' }, ['a', 'b']);
    await until('the position is recorded', () => position(kernel)?.sequence === '101');
    expect(batches()).toEqual([]);
  });

  it('repeats a stream from the record that a function reports, then dead-letters that one and continues', async () => {
    const mapping = {
      StartingPosition: 'TRIM_HORIZON',
      BatchSize: 3,
      MaximumRetryAttempts: 1,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      BisectBatchOnFunctionError: true,
    };
    const { batches, receiveDead } = await start(mapping, ['a', 'bad', 'c', 'd']);
    await until('the last batch has arrived', () => batches().includes('d'));
    expect(batches()).toEqual(['a,bad,c', 'bad,c', 'bad', 'bad', 'c', 'd']);
    const record = JSON.parse((await receiveDead()) ?? '{}');
    expect(record.requestContext.condition).toBe('RetryAttemptsExhausted');
    expect(record.DDBStreamBatchInfo).toMatchObject({
      startSequenceNumber: '101',
      endSequenceNumber: '101',
      batchSize: 1,
    });
  });

  it('finds the bad record of a batch by bisecting the batch', async () => {
    const mapping = {
      StartingPosition: 'TRIM_HORIZON',
      BatchSize: 4,
      MaximumRetryAttempts: 0,
      BisectBatchOnFunctionError: true,
    };
    const { batches, receiveDead } = await start(mapping, ['a', 'throw', 'c', 'd']);
    await until('the last batch has arrived', () => batches().includes('c,d'));
    expect(batches()).toEqual(['a,throw,c,d', 'a,throw', 'a', 'throw', 'c,d']);
    expect(JSON.parse((await receiveDead()) ?? '{}').DDBStreamBatchInfo.startSequenceNumber).toBe('101');
  });

  it.each([
    [{ BatchSize: 11 }, /batching window/],
    [{ EventSourceArn: 'arn:aws:kinesis:x' }, /neither a queue nor a stream/],
    [{ FilterCriteria: { Filters: [{ Pattern: 'no' }] } }, /FilterCriteria/],
    [{ EventSourceArn: STREAM, StartingPosition: 'AT_TIMESTAMP' }, /StartingPosition/],
  ])('refuses by name a setting that is not emulated: %j', async (mapping, message) => {
    const { declareMapping } = await start({});
    await expect(declareMapping(mapping)).rejects.toThrow(message);
  });
});
