import { gunzipSync } from 'node:zlib';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
  GetLogEventsCommand,
  PutLogEventsCommand,
  StartQueryCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Principal } from '../../../../local/kernel/iam.ts';
import type { FunctionInvoker } from '../../../../local/kernel/ports.ts';
import { createLogs } from '../../../../local/services/logs/logs.ts';
import { until as eventually } from '../../../until.ts';
import { type Bench, bench } from '../../support.ts';
import { declare } from '../declare.ts';

const group = '/gantry/test/apps';
const functionArn = 'arn:aws:lambda:xx-local-1:000000000000:function:ingest';
const operator: Principal = { kind: 'operator' };

interface Delivered {
  readonly logStream: string;
  readonly subscriptionFilters: readonly string[];
  readonly logEvents: readonly { readonly id: string; readonly message: string }[];
}

let world: Bench;
let room: ReturnType<typeof createLogs>;
let client: CloudWatchLogsClient;
let delivered: Delivered[];
let callers: Principal[];
let failures: number;
let abandoned: unknown[];

/** A function that takes lines as Lambda delivers them, after `failures` errors. */
const functions: FunctionInvoker = {
  async invoke(_arn, event, principal) {
    callers.push(principal);
    if (failures-- > 0) return { ok: false, errorType: 'Broken', errorMessage: 'not now', logTail: '' };
    const { data } = (event as { readonly awslogs: { readonly data: string } }).awslogs;
    delivered.push(JSON.parse(gunzipSync(Buffer.from(data, 'base64')).toString()) as Delivered);
    return { ok: true, payload: null, logTail: '' };
  },
  async abandon(...call) {
    abandoned.push(call);
  },
};

beforeEach(async () => {
  [delivered, callers, failures, abandoned] = [[], [], 0, []];
  world = await bench(async (kernel) => {
    room = createLogs(kernel, functions);
    await declare(kernel, room, 'AWS::Logs::LogGroup', 'Apps', { LogGroupName: group, RetentionInDays: 7 });
    await declare(kernel, room, 'AWS::Logs::SubscriptionFilter', 'Follow', {
      LogGroupName: group,
      DestinationArn: functionArn,
      FilterPattern: '',
    });
    return [room];
  });
  client = new CloudWatchLogsClient(world.client());
});
afterEach(async () => {
  client.destroy();
  await world.close();
});

const lines = (count: number, from = Date.now() - 10_000) =>
  Array.from({ length: count }, (_, index) => ({ timestamp: from + index, message: `line ${index}` }));
const until = (holds: () => boolean) => eventually('the delivery', holds);

describe('CloudWatch Logs', () => {
  it('pages forward through a stream, and repeats the token at its end', async () => {
    const names = { logGroupName: group, logStreamName: 'one' };
    await client.send(new CreateLogStreamCommand(names));
    await client.send(new PutLogEventsCommand({ ...names, logEvents: lines(5) }));
    const read = (more: object) => client.send(new GetLogEventsCommand({ ...names, limit: 3, ...more }));
    const first = await read({ startFromHead: true });
    const second = await read({ nextToken: first.nextForwardToken });
    const end = await read({ nextToken: second.nextForwardToken });
    expect([first, second, end].map(({ events = [] }) => events.map(({ message }) => message))).toEqual([
      ['line 0', 'line 1', 'line 2'],
      ['line 3', 'line 4'],
      [],
    ]);
    expect(end.nextForwardToken).toBe(second.nextForwardToken);
    expect((await read({})).events?.map(({ message }) => message)).toEqual(['line 2', 'line 3', 'line 4']);
  });

  it('filters by stream and time, in one order over all streams, page by page', async () => {
    const now = Date.now() - 10_000;
    const write = (stream: string, ...offsets: number[]) =>
      room.write(
        group,
        stream,
        offsets.map((at) => ({ timestamp: now + at, message: `${stream}${at}` })),
        operator,
      );
    await write('web/1', 0, 4);
    await write('web/2', 1, 3);
    await write('job/1', 2);
    const filter = async (more: object) => {
      const found: string[] = [];
      let nextToken: string | undefined;
      do {
        const page = await client.send(
          new FilterLogEventsCommand({ logGroupName: group, limit: 2, nextToken, ...more }),
        );
        found.push(...(page.events ?? []).map(({ message = '' }) => message));
        nextToken = page.nextToken;
      } while (nextToken !== undefined);
      return found;
    };
    expect(await filter({})).toEqual(['web/10', 'web/21', 'job/12', 'web/23', 'web/14']);
    expect(await filter({ logStreamNamePrefix: 'web/' })).toEqual(['web/10', 'web/21', 'web/23', 'web/14']);
    expect(await filter({ logStreamNames: ['job/1', 'web/2'], startTime: now + 2 })).toEqual(['job/12', 'web/23']);
    expect(await filter({ endTime: now + 1 })).toEqual(['web/10', 'web/21']);
    expect(await filter({ filterPattern: '"web/10"' })).toEqual(['web/10']);
    expect(await filter({ filterPattern: '"eb/10"' })).toEqual([]);
    expect(await filter({ filterPattern: '%[Ee][Bb]/.0%' })).toEqual(['web/10']);
    for (const filterPattern of ['%a(b)%', '%a b%', 'ERROR -WARN', `%${'a'.repeat(1024)}%`]) {
      await expect(filter({ filterPattern })).rejects.toMatchObject({ name: 'InvalidParameterException' });
    }
    await expect(filter({ logStreamNames: ['nowhere'] })).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    const { logStreams } = await client.send(
      new DescribeLogStreamsCommand({ logGroupName: group, logStreamNamePrefix: 'web/' }),
    );
    expect(logStreams?.map(({ logStreamName }) => logStreamName)).toEqual(['web/1', 'web/2']);
  });

  it('gives a subscribed function every line once, with the ids of reads', async () => {
    await room.write(group, 'a', lines(3), operator);
    await room.write(group, 'b', lines(2), operator);
    await until(() => delivered.flatMap(({ logEvents }) => logEvents).length >= 5);
    const { events = [] } = await client.send(new FilterLogEventsCommand({ logGroupName: group }));
    const ids = delivered.flatMap(({ logEvents }) => logEvents.map(({ id }) => id));
    expect(ids.toSorted()).toEqual(events.map(({ eventId }) => eventId));
    expect(ids.every((id) => /^\d{56}$/.test(id))).toBe(true);
    expect(delivered[0]).toMatchObject({
      messageType: 'DATA_MESSAGE',
      owner: '000000000000',
      logGroup: group,
      subscriptionFilters: ['test-Follow'],
    });
    expect(callers[0]).toEqual({
      kind: 'service',
      name: 'logs.amazonaws.com',
      sourceArn: `arn:aws:logs:xx-local-1:000000000000:log-group:${group}:*`,
    });
  });

  it('retries a failing function, and continues with later lines when it keeps failing', async () => {
    failures = 2;
    await room.write(group, 'a', lines(1), operator);
    await until(() => delivered.length === 1);
    failures = 3;
    await room.write(group, 'a', [{ timestamp: Date.now(), message: 'lost' }], operator);
    await until(() => world.notes.some((note) => note.includes('Broken: not now')));
    await room.write(group, 'a', [{ timestamp: Date.now(), message: 'later' }], operator);
    await until(() => delivered.length === 2);
    expect(delivered[1]?.logEvents.map(({ message }) => message)).toEqual(['later']);
    // After its retries a batch goes to the function's failure destination.
    expect(abandoned).toEqual([[functionArn, expect.anything(), 'Broken: not now']]);
  });

  it('delivers after a restart the lines that the last process wrote and did not deliver', async () => {
    failures = Number.POSITIVE_INFINITY;
    await room.write(group, 'a', [{ timestamp: Date.now(), message: 'pending' }], operator);
    await until(() => callers.length > 0);
    await room.stop?.();
    failures = 0;
    room = createLogs(world.kernel, functions);
    await declare(world.kernel, room, 'AWS::Logs::LogGroup', 'Apps', { LogGroupName: group });
    await declare(world.kernel, room, 'AWS::Logs::SubscriptionFilter', 'Follow', {
      LogGroupName: group,
      DestinationArn: functionArn,
      FilterPattern: '',
    });
    await room.start?.();
    await until(() => delivered.length === 1);
    expect(delivered[0]?.logEvents.map(({ message }) => message)).toEqual(['pending']);
    await room.stop?.();
  });

  it("requires the stream's permission to write, another to create it, and the group's to filter", async () => {
    const stream = `arn:aws:logs:xx-local-1:000000000000:log-group:${group}:log-stream:s`;
    const allow = (Action: string, Resource: string) => ({ Effect: 'Allow', Action, Resource });
    const writer = world.role('LogWriter', [allow('logs:PutLogEvents', stream)]);
    await expect(room.write(group, 's', lines(1), writer)).rejects.toThrow('logs:CreateLogStream');
    await room.write(group, 's', lines(1), operator);
    await room.write(group, 's', lines(1), writer);
    const arn = `arn:aws:logs:xx-local-1:000000000000:log-group:${group}`;
    const reading = async (name: string, resource: string) => {
      const reader = new CloudWatchLogsClient(
        world.client(world.role(name, [allow('logs:FilterLogEvents', resource)])),
      );
      return reader.send(new FilterLogEventsCommand({ logGroupName: group })).finally(() => reader.destroy());
    };
    expect((await reading('LogReader', `${arn}:*`)).events).toHaveLength(2);
    await expect(reading('NoLogReader', arn)).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  it('rejects lines that are too old, and batches that AWS refuses', async () => {
    const names = { logGroupName: group, logStreamName: 'one' };
    await client.send(new CreateLogStreamCommand(names));
    const put = (...timestamps: number[]) =>
      client.send(
        new PutLogEventsCommand({ ...names, logEvents: timestamps.map((timestamp) => ({ timestamp, message: 'x' })) }),
      );
    const now = Date.now();
    const { rejectedLogEventsInfo } = await put(now - 15 * 86_400_000, now, now + 3 * 3_600_000);
    expect(rejectedLogEventsInfo).toEqual({ tooOldLogEventEndIndex: 1, tooNewLogEventStartIndex: 2 });
    await expect(put(now, now - 1)).rejects.toThrow('chronological order');
    await expect(client.send(new CreateLogGroupCommand({ logGroupName: group }))).rejects.toMatchObject({
      name: 'ResourceAlreadyExistsException',
    });
  });

  it('refuses unsupported parameters by name', async () => {
    await expect(
      client.send(new FilterLogEventsCommand({ logGroupName: group, filterPattern: 'ERROR' })),
    ).rejects.toThrow('filterPattern');
    await expect(client.send(new StartQueryCommand({ startTime: 0, endTime: 1, queryString: 'x' }))).rejects.toThrow(
      'StartQuery',
    );
    await expect(
      declare(world.kernel, room, 'AWS::Logs::SubscriptionFilter', 'Some', {
        LogGroupName: group,
        DestinationArn: functionArn,
        FilterPattern: 'ERROR',
      }),
    ).rejects.toThrow('FilterPattern');
  });
});
