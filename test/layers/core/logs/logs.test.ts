import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { newId, toKubernetesName } from '@gantry/contract/ids.ts';
import { lineFilter } from '@gantry/contract/log-filter.ts';
import type { LogFilter, LogLine } from '@gantry/contract/schemas/logs.ts';
import { appOrigin, lineOf } from '@gantry/core/logs/lines.ts';
import { compilePattern } from '@gantry/local/services/logs/pattern.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Database, startDatabase } from '../database.ts';
import { newPath, newPerson, writeDeployment, writeTeam } from '../records.ts';

interface Entry {
  readonly stream: string;
  readonly at: number;
  readonly message: string;
}

interface Filter {
  readonly logGroupName: string;
  readonly logStreamNamePrefix: string;
  readonly startTime?: number;
  readonly endTime?: number;
  readonly filterPattern?: string;
  readonly nextToken?: string;
  readonly limit: number;
}

/** CloudWatch Logs' FilterLogEvents over each group's events. A token is the number of events before it. */
let groups: Record<string, Entry[]> = {};
let asked: Filter[] = [];
let cloudwatch: Server;
let database: Database;

function filtered(filter: Filter) {
  const { logGroupName, logStreamNamePrefix, startTime = 0, endTime = Number.MAX_SAFE_INTEGER, limit } = filter;
  const { nextToken = '0', filterPattern } = filter;
  const matches = filterPattern === undefined ? () => true : compilePattern(filterPattern);
  asked.push(filter);
  const entries = groups[logGroupName];
  if (entries === undefined) return { status: 400, body: { __type: 'ResourceNotFoundException' } };
  if (!/^\d+$/.test(nextToken)) return { status: 400, body: { __type: 'InvalidParameterException' } };
  const start = Number(nextToken);
  const all = entries
    .map((entry, index) => ({ ...entry, eventId: `event-${index}` }))
    .filter(({ stream, at }) => stream.startsWith(logStreamNamePrefix) && at >= startTime && at <= endTime)
    .filter(({ message }) => matches(message));
  const events = all
    .slice(start, start + limit)
    .map(({ stream, at, message, eventId }) => ({ logStreamName: stream, timestamp: at, message, eventId }));
  return { status: 200, body: { events, ...(start + limit < all.length && { nextToken: String(start + limit) }) } };
}

async function modules() {
  const [{ underAuthority }, operations, tail] = await Promise.all([
    import('@gantry/core/kernel/authority.ts'),
    import('@gantry/core/logs/operations.ts'),
    import('@gantry/cloud/logs.ts'),
  ]);
  type Read = typeof operations;
  // `serve` calls them like this.
  const buildLogs: Read['buildLogs'] = (...call) => underAuthority(() => operations.buildLogs(...call));
  const appLogs: Read['appLogs'] = (...call) => underAuthority(() => operations.appLogs(...call));
  return { buildLogs, appLogs, ...tail };
}
let gantry: Awaited<ReturnType<typeof modules>>;

const caller = newPerson();
const path = newPath();
const deploymentId = newId('deployment');
const elsewhere = newId('deployment');
const appStream = (serviceId: string, pod: string) =>
  `${toKubernetesName(path.environmentId)}/${pod}/${toKubernetesName(serviceId)}`;

beforeAll(async () => {
  cloudwatch = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { status, body } = filtered(JSON.parse(Buffer.concat(chunks).toString()) as Filter);
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => cloudwatch.listen(0, '127.0.0.1', resolve));
  database = await startDatabase('logs-test');
  Object.assign(process.env, {
    TABLE_NAME: 'logs-test',
    AWS_REGION: 'xx-local-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL: database.endpoint,
    AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: `http://127.0.0.1:${(cloudwatch.address() as AddressInfo).port}`,
    BUILD_LOG_GROUP: 'builds',
    APP_LOG_GROUP: 'apps',
  });
  gantry = await modules();
  await writeTeam(path, caller, { project: 'web', service: 'shop' });
  await writeDeployment(path, deploymentId, caller);
  await writeDeployment({ ...path, serviceId: newId('service') }, elsewhere, caller);
});

afterAll(async () => {
  database.stop();
  cloudwatch.closeAllConnections();
  await new Promise((resolve) => cloudwatch.close(resolve));
});

beforeEach(() => {
  groups = { builds: [], apps: [] };
  asked = [];
});

describe('the log of a build', () => {
  const lines = (count: number): Entry[] =>
    Array.from({ length: count }, (_, at) => ({ stream: `${deploymentId}/1`, at, message: `line ${at}\n` }));

  it('comes in pages, oldest line first', async () => {
    groups = { builds: lines(5) };
    const build = { ...path, deploymentId };
    const first = await gantry.buildLogs(caller, build, { limit: '3' });
    const second = await gantry.buildLogs(caller, build, { limit: '3', cursor: first.next ?? '' });
    expect(first.lines.map(({ text }) => text)).toEqual(['line 0', 'line 1', 'line 2']);
    expect(second.lines.map(({ text }) => text)).toEqual(['line 3', 'line 4']);
    expect(second.next).toBeNull();
  });

  it('keeps the requested start over all of its pages', async () => {
    groups = { builds: lines(6) };
    const build = { ...path, deploymentId };
    const first = await gantry.buildLogs(caller, build, { limit: '2', since: new Date(3).toISOString() });
    const second = await gantry.buildLogs(caller, build, { limit: '2', cursor: first.next ?? '' });
    expect([...first.lines, ...second.lines].map(({ at }) => at)).toEqual([3, 4, 5]);
  });

  it("leaves out CodeBuild's own lines, and the log of an app keeps lines that look the same", async () => {
    const [noted, printed] = ['[Container] 2026/11/26 12:00:00.000001 Phase complete: BUILD State: SUCCEEDED', 'built'];
    const both = (stream: string) => [noted, printed].map((message, at) => ({ stream, at, message }));
    groups = { builds: both(`${deploymentId}/1`), apps: both(appStream(path.serviceId, 'pod-1')) };
    const build = await gantry.buildLogs(caller, { ...path, deploymentId }, { limit: '1' });
    const app = await gantry.appLogs(caller, path, {});
    expect([build, app].map(({ lines }) => lines.map(({ text }) => text))).toEqual([[printed], [noted, printed]]);
  });

  it('is empty before the first line', async () => {
    groups = {};
    expect(await gantry.buildLogs(caller, { ...path, deploymentId }, {})).toEqual({ lines: [], next: null });
  });

  it('is not found by a stranger, or under another service’s path', async () => {
    const stranger = { ...caller, userId: newId('user') };
    await expect(gantry.buildLogs(stranger, { ...path, deploymentId }, {})).rejects.toMatchObject({ kind: 'NotFound' });
    await expect(gantry.buildLogs(caller, { ...path, deploymentId: elsewhere }, {})).rejects.toMatchObject({
      kind: 'NotFound',
    });
  });

  it('refuses a malformed cursor, naming the field', async () => {
    const { encodeCursor } = await import('@gantry/core/logs/cursor.ts');
    for (const cursor of ['nonsense', encodeCursor({ filter: {}, scan: 100, token: 'expired' })]) {
      await expect(gantry.buildLogs(caller, { ...path, deploymentId }, { cursor })).rejects.toMatchObject({
        kind: 'Invalid',
        fields: [{ field: 'query.cursor' }],
      });
    }
  });

  it('ends with the lines that explain a failure', async () => {
    groups = { builds: lines(50) };
    expect(await gantry.tailOfStreams('builds', `${deploymentId}/`, 2)).toEqual(['line 48', 'line 49']);
  });
});

describe('the log of an app', () => {
  it('holds the lines of all replicas of the service, and of no other service', async () => {
    const other = appStream(newId('service'), 'pod-9');
    groups = {
      apps: [
        { stream: appStream(path.serviceId, 'pod-1'), at: 1, message: 'one' },
        { stream: other, at: 2, message: 'secret' },
        { stream: appStream(path.serviceId, 'pod-2'), at: 3, message: 'two' },
      ],
    };
    const { lines, next } = await gantry.appLogs(caller, path, {});
    expect(lines.map(({ text, source }) => [text, source])).toEqual([
      ['one', 'pod-1'],
      ['two', 'pod-2'],
    ]);
    expect(next).toBeNull();
  });

  it('skips pages that hold only other services’ lines', async () => {
    const noise = Array.from({ length: 5 }, (_, at) => ({
      stream: appStream(newId('service'), 'p'),
      at,
      message: 'x',
    }));
    groups = { apps: [...noise, { stream: appStream(path.serviceId, 'pod-1'), at: 9, message: 'mine' }] };
    expect((await gantry.appLogs(caller, path, { limit: '1' })).lines.map(({ text }) => text)).toEqual(['mine']);
  });
});

describe('filters of a log', () => {
  const release = newId('release');
  const replica = (of: string) => `${toKubernetesName(of)}-6d5f7c9b8-x7k2p`;
  /** All lines that match the filter, page by page. */
  async function pages(filter: LogFilter, limit: string): Promise<LogLine[]> {
    const found: LogLine[] = [];
    let cursor: string | undefined;
    do {
      const page = await gantry.appLogs(caller, path, { ...filter, limit, ...(cursor !== undefined && { cursor }) });
      expect(page.lines.length).toBeLessThanOrEqual(Number(limit));
      found.push(...page.lines);
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    return found;
  }

  it('pass the same lines from pages as a client passes from live frames', async () => {
    const word = fc.constantFrom(
      'Timeout',
      'timeout!',
      'ERROR',
      'k',
      'Kelvin \u212a',
      '(50%)',
      'a-b',
      '{"level":40}',
      'straße',
    );
    const message = fc.oneof(
      fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => words.join(' ')),
      fc.record({ level: fc.constantFrom(20, 30, 50, 'warn'), msg: word }).map((object) => JSON.stringify(object)),
      fc.string({ unit: 'grapheme', maxLength: 40 }),
    );
    const stream = fc.constantFrom(
      appStream(path.serviceId, replica(release)),
      appStream(path.serviceId, replica(newId('release'))),
      `${appStream(path.serviceId, replica(release))}/gantry`,
      appStream(newId('service'), replica(release)),
    );
    const entries = fc.array(fc.record({ stream, at: fc.nat(50), message }), { maxLength: 60 });
    const instant = fc.nat(50).map((at) => new Date(at).toISOString());
    const filter = fc.record(
      {
        text: fc.oneof(
          word,
          fc.constantFrom('TIMEOUT', 'time', '% )', 'STRASSE', '50', '*'),
          fc.string({ minLength: 1, maxLength: 4 }),
        ),
        level: fc.constantFrom('debug' as const, 'info' as const, 'warn' as const, 'error' as const),
        release: fc.constantFrom(release, newId('release')),
        replica: fc.constant(replica(release)),
        writer: fc.constantFrom('app' as const, 'gantry' as const),
        since: instant,
        until: instant,
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(entries, filter, fc.integer({ min: 1, max: 20 }), async (written, asking, limit) => {
        const apps = written.toSorted((a, b) => a.at - b.at);
        groups = { apps };
        const live = apps.flatMap((entry, index) => {
          const origin = appOrigin(entry.stream);
          if (origin === undefined || !entry.stream.includes(toKubernetesName(path.serviceId))) return [];
          return [lineOf({ id: `event-${index}`, at: entry.at, message: entry.message }, origin)];
        });
        expect((await pages(asking, String(limit))).map(({ text, at }) => ({ text, at }))).toEqual(
          live.filter(lineFilter(asking)).map(({ text, at }) => ({ text, at })),
        );
      }),
      { numRuns: 60 },
    );
  });

  it("use CloudWatch's own filters for streams, times and text", async () => {
    const until = new Date(9).toISOString();
    await gantry.appLogs(caller, path, { text: 'Order 7', release, until });
    expect(asked).toEqual([
      expect.objectContaining({
        logStreamNamePrefix: `${toKubernetesName(path.environmentId)}/${toKubernetesName(release)}`,
        filterPattern: '%[Oo][Rr][Dd][Ee][Rr].7%',
        endTime: 9,
      }),
    ]);
  });

  it('read a bounded amount at a time, and continue from there', async () => {
    const stream = appStream(path.serviceId, replica(release));
    const lines = Array.from({ length: 25_000 }, (_, at) => ({ stream, at, message: `line ${at}` }));
    groups = { apps: [...lines, { stream, at: 25_000, message: 'ERROR at last' }] };
    const first = await gantry.appLogs(caller, path, { level: 'error' });
    expect(first.lines).toEqual([]);
    // At most ten reads at a time, and fewer on a machine that needs more than ten seconds for them.
    expect(asked.length).toBeLessThanOrEqual(10);
    let page = first;
    while (page.lines.length === 0 && page.next !== null) {
      page = await gantry.appLogs(caller, path, { cursor: page.next });
    }
    expect(page.lines.map(({ text }) => text)).toEqual(['ERROR at last']);
    expect(page.next).toBeNull();
  });

  it('end a page of long lines early, and lose no line', async () => {
    const stream = appStream(path.serviceId, replica(release));
    groups = { apps: Array.from({ length: 200 }, (_, at) => ({ stream, at, message: `${at} ${'x'.repeat(30_000)}` })) };
    const first = await gantry.appLogs(caller, path, { limit: '1000' });
    expect(Buffer.byteLength(JSON.stringify(first))).toBeLessThan(3 * 1024 * 1024);
    expect((await pages({}, '1000')).map(({ at }) => at)).toEqual(groups['apps']?.map(({ at }) => at));
  });
});
