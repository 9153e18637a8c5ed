import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type CloudOptions, type RunningCloud, startCloud } from '../../local/cloud.ts';
import { endpointsOf, tableOf, writeEndpoints } from '../../local/endpoints.ts';
import { readFlags } from '../../local/flags.ts';
import { takeFolder } from '../../local/folder.ts';
import type { Room } from '../../local/kernel/resource.ts';
import { listen, listenInRow } from '../../local/ports.ts';

const clouds: RunningCloud[] = [];
const folders: string[] = [];
afterEach(async () => {
  for (const cloud of clouds.splice(0)) await cloud.stop();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'gantry-cloud-'));
  folders.push(path);
  return path;
}

const policy = { Statement: [{ Effect: 'Allow', Action: 'a:*', Resource: '*' }] };

function assembly(): string {
  const path = folder();
  const resources = {
    Role: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: { Statement: [] } } },
    Policy: {
      Type: 'AWS::IAM::Policy',
      Properties: { PolicyDocument: policy, PolicyName: 'p', Roles: [{ Ref: 'Role' }] },
    },
  };
  const template = { Resources: resources, Outputs: { Vpc: { Value: { Ref: 'AWS::StackName' } } } };
  const artifacts = { s: { type: 'aws:cloudformation:stack', properties: { templateFile: 's.json' } } };
  writeFileSync(join(path, 'manifest.json'), JSON.stringify({ artifacts }));
  writeFileSync(join(path, 's.json'), JSON.stringify(template));
  return path;
}

async function start(options: Partial<CloudOptions> = {}, room: Room = {}): Promise<RunningCloud> {
  const cloud = await startCloud({
    assembly: assembly(),
    dataDir: folder(),
    port: 0,
    note: () => undefined,
    compose: async () => ({
      rooms: [room],
      functions: { invoke: () => Promise.reject(new Error('no function')) },
      owner: () => ({ email: 'owner@example.com', password: 'secret' }),
    }),
    ...options,
  });
  clouds.push(cloud);
  return cloud;
}

describe('the local cloud', () => {
  it('serves the front and the AWS endpoint on neighbouring ports, and a room on its own port', async () => {
    const mount = (on: 'front' | 'aws') => ({
      on,
      takes: () => true,
      request: (_request: unknown, response: { end(text: string): void }) => response.end(on),
    });
    const { addresses, outputs } = await start({}, { mounts: [mount('front'), mount('aws')] as never });
    expect(Number(new URL(addresses.aws).port)).toBe(Number(new URL(addresses.front).port) + 1);
    expect(await (await fetch(addresses.front)).text()).toBe('front');
    expect(await (await fetch(addresses.aws)).text()).toBe('aws');
    expect(outputs).toEqual({ s: { Vpc: 's' } });
  });

  it('can run twice side by side', async () => {
    const [first, second] = [await start(), await start()];
    expect(first.addresses.front).not.toBe(second.addresses.front);
  });

  it('stops rooms in reverse and leaves no port open', async () => {
    const order: string[] = [];
    const named = (name: string): Room => ({
      start: () => void order.push(`+${name}`),
      stop: async () => void order.push(`-${name}`),
    });
    const cloud = await start({
      compose: async () => ({
        rooms: [named('a'), named('b')],
        functions: { invoke: () => Promise.reject(new Error('no function')) },
        owner: () => ({ email: '', password: '' }),
      }),
    });
    await Promise.all([cloud.stop(), cloud.stop()]);
    expect(order).toEqual(['+a', '+b', '-b', '-a']);
    await expect(fetch(cloud.addresses.aws)).rejects.toThrow();
  });

  it('that cannot start stops the parts that it started, and says why', async () => {
    const stopped: string[] = [];
    const room: Room = {
      start: () => Promise.reject(new Error('engine is missing')),
      stop: async () => void stopped.push('x'),
    };
    await expect(start({}, room)).rejects.toThrow('engine is missing');
    expect(stopped).toEqual(['x']);
  });

  it('stops a start that is interrupted', async () => {
    const controller = new AbortController();
    const room: Room = { start: () => new Promise(() => controller.abort()) };
    await expect(start({ signal: controller.signal }, room)).rejects.toThrow('interrupted');
  });

  it('says what to do about a damaged data folder', async () => {
    const dataDir = folder();
    writeFileSync(
      join(dataDir, 'state.db'),
      'this is no database, but it is long enough to be taken for one'.repeat(100),
    );
    await expect(start({ dataDir })).rejects.toThrow(/is damaged: .*state\.db.*--reset/);
  });

  it('shows usage and access to clients with the token, and lets them suspend statements', async () => {
    const { addresses, token, kernel } = await start();
    const call = async (path: string, method = 'GET', bearer = token) => {
      const response = await fetch(`${addresses.aws}/_local/${path}`, {
        method,
        headers: { authorization: `Bearer ${bearer}` },
      });
      return [response.status, await response.json()];
    };
    kernel.meter.count('sqs.requests', 2);
    expect(await call('usage')).toEqual([200, { 'sqs.requests': 2 }]);
    expect(await call('access')).toEqual([200, { 's/Policy/0': 0 }]);
    expect((await call('usage', 'GET', 'other'))[0]).toBe(401);
    const role = { kind: 'role', arn: 'arn:aws:iam::000000000000:role/x', session: 's' } as const;
    kernel.iam.attach([role.arn], policy as never, 's/Policy');
    const access = { action: 'a:b', resource: '*' };
    kernel.iam.require(role, access);
    expect(await call(`statements/${encodeURIComponent('s/Policy/0')}/suspend`, 'POST')).toEqual([200, {}]);
    expect(() => kernel.iam.require(role, access)).toThrow('not authorized');
    expect(await call(`statements/${encodeURIComponent('s/Policy/0')}/resume`, 'POST')).toEqual([200, {}]);
    kernel.iam.require(role, access);
    expect((await call('statements/none/suspend', 'POST'))[0]).toBe(404);
    expect((await call('other'))[0]).toBe(404);
  });

  it('starts with the given statements suspended', async () => {
    await expect(start({ suspended: ['s/Policy/9'] })).rejects.toThrow('s/Policy/9');
    await start({ suspended: ['s/Policy/0'] });
  });
});

describe('ports', () => {
  it('that are taken are reported with advice, and the ports before them are released', async () => {
    const [first, taken] = await listenInRow(0, 2);
    if (first === undefined || taken === undefined) throw new Error('no row of ports');
    await first.close();
    try {
      await expect(listenInRow(first.port, 2)).rejects.toThrow(
        `Port ${taken.port} is taken. Free the port, or choose another with --port`,
      );
      await (await listen(first.port)).close();
    } finally {
      await taken.close();
    }
  });
});

describe('a data folder', () => {
  it('is used by one platform at a time', () => {
    const path = folder();
    const taken = takeFolder(path);
    expect(() => takeFolder(path)).toThrow(`Another instance uses ${path}`);
    taken.release();
    takeFolder(path).release();
  });

  it('is emptied by a reset, unless it holds foreign files', () => {
    const path = join(folder(), 'data');
    const taken = takeFolder(path);
    writeFileSync(join(path, 'state.db'), 'x');
    taken.reset();
    expect(existsSync(join(path, 'state.db'))).toBe(false);
    taken.release();
    const other = folder();
    writeFileSync(join(other, 'thesis.txt'), 'x');
    expect(() => takeFolder(other)).toThrow('holds files that are not Gantry');
    expect(readdirSync(other)).toEqual(['thesis.txt']);
  });

  it('keeps its endpoints in a file that only its user can read', async () => {
    const cloud = await start();
    const path = folder();
    const endpoints = endpointsOf(cloud);
    writeEndpoints(path, endpoints);
    expect(statSync(join(path, 'endpoints.json')).mode & 0o777).toBe(0o600);
    for (const shown of [cloud.addresses.front, cloud.addresses.aws, 'owner@example.com', 'secret']) {
      expect(tableOf(endpoints)).toContain(shown);
    }
    expect(tableOf(endpoints)).not.toContain(cloud.token);
  });
});

describe('flags', () => {
  it('have defaults', () => {
    expect(readFlags([])).toMatchObject({ port: 4510, dataDir: join(process.cwd(), '.gantry'), empty: false });
    expect(readFlags(['--port', '0', '--data-dir=/x', '--reset'])).toMatchObject({
      port: 0,
      dataDir: '/x',
      reset: true,
    });
  });

  it.each([
    [['--port', 'many'], '--port many'],
    [['--port', '65534'], '--port 65534'],
    [['--colour'], "'--colour'"],
    [['extra'], "'extra'"],
    [['--data-dir', ''], '--data-dir'],
  ])('%j are refused, naming the flag', (args, message) => {
    expect(() => readFlags(args)).toThrow(message);
  });
});
