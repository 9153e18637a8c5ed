import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { transformSync } from 'esbuild';
import type { Invocation } from '../../../../local/kernel/ports.ts';
import { createLambda, type Lambda } from '../../../../local/services/lambda/room.ts';
import { type Bench, bench } from '../../support.ts';
import { arnOf, assetsOf, declare, functionProperties, functionRole, logSink, until } from './functions.ts';

const SOLD_OUT = `interface Order { readonly item: string }

export const handler = async ({ item }: Order) => {
  throw new TypeError(\`no \${item} left\`);
};`;
const compiled = transformSync(SOLD_OUT, {
  loader: 'ts',
  minify: true,
  sourcemap: true,
  sourcefile: '../shop/sell.ts',
});

const SOURCES = {
  echo: 'export const handler = async (event, context) => ({ event, context, left: context.getRemainingTimeInMillis() });',
  env: 'export const handler = async () => process.env;',
  loop: 'export const handler = async () => { for (;;); };',
  chatty: 'export const handler = async () => { for (;;) console.log("x".repeat(1000)); };',
  heap: 'export const handler = async () => { const all = []; for (;;) all.push(new Array(1e5).fill(Math.random())); };',
  buffers: `export const handler = async () => {
    const all = [];
    for (;;) { all.push(Buffer.alloc(1e7, 1)); await new Promise((resolve) => setTimeout(resolve, 10)); }
  };`,
  exit: 'export const handler = async ({ code }) => { console.log("leaving"); process.exit(code); };',
  rejects: `export const handler = async () => {
    Promise.reject(new Error("nobody listens"));
    await new Promise((resolve) => setTimeout(resolve, 1000));
  };`,
  throws:
    'export const handler = async () => { class QuotaError extends Error { name = "QuotaError" } throw new QuotaError("too many"); };',
  broken: 'import "./missing.mjs"; export const handler = async () => 1;',
  callback: 'export const handler = (event, context, callback) => callback(null, 1);',
  big: 'export const handler = async () => "x".repeat(7_000_000);',
  prints: `console.log("loading");
    export const handler = async () => {
      console.warn("two\\nlines"); process.stdout.write("raw\\nparts"); console.log("last"); return 1;
    };`,
  counts: 'let n = 0; export const handler = async () => { await new Promise((r) => setTimeout(r, 50)); return ++n; };',
  compiled: `${compiled.code}//# sourceMappingURL=index.mjs.map\n`,
  burst: 'await new Promise((resolve) => setTimeout(resolve, 300)); export const handler = async () => 1;',
};

const slowToLoad = {
  slow: 'await new Promise((resolve) => setTimeout(resolve, 300)); export const handler = async () => "loaded";',
  stuck: 'await new Promise(() => setInterval(() => undefined, 1000)); export const handler = async () => 1;',
};

describe('Lambda', () => {
  let cloud: Bench;
  let lambda: Lambda;
  const sink = logSink();
  const operator = { kind: 'operator' } as const;
  const invoke = (name: string, event: unknown = {}): Promise<Invocation> =>
    lambda.invoke(arnOf(name), event, operator);
  const failure = async (name: string, event?: unknown) => {
    const answer = await invoke(name, event);
    return answer.ok ? undefined : { errorType: answer.errorType, errorMessage: answer.errorMessage };
  };

  beforeAll(async () => {
    cloud = await bench(async (kernel) => {
      const nothing = () => Promise.resolve([]);
      const queues = { receive: nothing, remove: async () => undefined, send: async () => undefined };
      lambda = createLambda(kernel, {
        logs: sink,
        assets: assetsOf(kernel, SOURCES),
        queues,
        streams: { read: nothing },
      });
      const role = functionRole(kernel, 'runs');
      for (const key of Object.keys(SOURCES)) {
        const more = ['loop', 'chatty'].includes(key) ? { Timeout: 1 } : {};
        const variables = { Environment: { Variables: { GREETING: 'hello', NODE_OPTIONS: '--enable-source-maps' } } };
        await declare(
          kernel,
          lambda,
          'AWS::Lambda::Function',
          key,
          functionProperties(key, role, { ...variables, ...more }),
        );
      }
      return [lambda];
    });
  });
  afterAll(() => cloud.close());

  it('gives a function its event and a context, and answers with its result', async () => {
    const answer = await invoke('echo', { n: 1 });
    const payload = answer.ok ? (answer.payload as Record<string, unknown>) : {};
    expect(payload).toMatchObject({
      event: { n: 1 },
      context: { functionName: 'echo', memoryLimitInMB: '128', invokedFunctionArn: arnOf('echo') },
    });
    expect(payload.left).toBeGreaterThan(0);
  });

  it("answers an operator's invocation with the error, and with the end of the log on request", async () => {
    const client = new LambdaClient(cloud.client());
    const Payload = Buffer.from('{"n":1}');
    const echo = await client.send(new InvokeCommand({ FunctionName: 'echo', Payload }));
    expect([echo.StatusCode, echo.FunctionError, echo.LogResult]).toEqual([200, undefined, undefined]);
    expect(JSON.parse(echo.Payload?.transformToString() ?? '')).toMatchObject({ event: { n: 1 } });
    const thrown = await client.send(new InvokeCommand({ FunctionName: arnOf('throws'), LogType: 'Tail' }));
    expect(thrown.FunctionError).toBe('Unhandled');
    expect(JSON.parse(thrown.Payload?.transformToString() ?? '')).toMatchObject({ errorType: 'QuotaError' });
    expect(Buffer.from(thrown.LogResult ?? '', 'base64').toString()).toContain('REPORT RequestId');
    const later = new InvokeCommand({ FunctionName: 'echo', InvocationType: 'Event' });
    await expect(client.send(later)).rejects.toThrow('InvocationType Event is not emulated');
    const nobody = new LambdaClient(cloud.client(cloud.role('nobody', [])));
    await expect(nobody.send(new InvokeCommand({ FunctionName: 'echo' }))).rejects.toThrow('lambda:InvokeFunction');
  });

  it("refuses other retry settings of asynchronous invocations than the callers' own", async () => {
    const config = (MaximumRetryAttempts: number) =>
      declare(cloud.kernel, lambda, 'AWS::Lambda::EventInvokeConfig', 'Config', {
        FunctionName: 'echo',
        Qualifier: '$LATEST',
        MaximumRetryAttempts,
      });
    await expect(config(0)).resolves.toBeDefined();
    await expect(config(1)).rejects.toThrow('MaximumRetryAttempts');
  });

  it("gives a function its declared variables and Lambda's, and none of this process", async () => {
    process.env.SECRET_OF_THE_HOST = 'do not tell';
    const answer = await invoke('env');
    delete process.env.SECRET_OF_THE_HOST;
    const env = answer.ok ? (answer.payload as Record<string, string>) : {};
    expect(env.GREETING).toBe('hello');
    expect(env.AWS_ENDPOINT_URL).toBe(cloud.kernel.addresses.aws);
    expect(env).not.toHaveProperty('SECRET_OF_THE_HOST');
    expect(env.HOME).not.toBe(process.env.HOME);
    const { principal } = cloud.kernel.iam.identify(env.AWS_ACCESS_KEY_ID ?? '') ?? {};
    expect(principal).toMatchObject({ kind: 'role', arn: expect.stringContaining('role/runs') });
  });

  it('ends an endless loop at the time limit, and the next invocation starts a new worker', async () => {
    expect(await failure('loop')).toEqual({
      errorType: 'Sandbox.Timedout',
      errorMessage: expect.stringMatching(/^RequestId: \S+ Error: Task timed out after 1\.00 seconds$/),
    });
    expect(await failure('loop')).toMatchObject({ errorType: 'Sandbox.Timedout' });
  });

  it('ends a function that prints without end, and bounds its output', async () => {
    expect(await failure('chatty')).toMatchObject({ errorType: 'Sandbox.Timedout' });
  });

  it.each(['heap', 'buffers'])('ends a function that runs out of memory (%s)', async (name) => {
    expect(await failure(name)).toMatchObject({ errorType: 'Runtime.OutOfMemory' });
  });

  it('reports that a function exited, and keeps what it printed', async () => {
    expect(await failure('exit', { code: 3 })).toEqual({
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringMatching(/Runtime exited with error: exit status 3$/),
    });
    expect(await failure('exit', { code: 0 })).toMatchObject({
      errorMessage: expect.stringMatching(/exited without providing a reason$/),
    });
    await until('the function has written its line', () =>
      sink.linesOf('/aws/lambda/exit').some((line) => line.endsWith('INFO\tleaving')),
    );
  });

  it('reports an unhandled rejection', async () => {
    expect(await failure('rejects')).toEqual({
      errorType: 'Runtime.UnhandledPromiseRejection',
      errorMessage: 'Error: nobody listens',
    });
  });

  it('reports a thrown error by name and message', async () => {
    expect(await failure('throws')).toEqual({ errorType: 'QuotaError', errorMessage: 'too many' });
  });

  it('shows source files in the stack of an error', async () => {
    writeFileSync(join(cloud.kernel.dataDir, 'assets', 'compiled', 'index.mjs.map'), compiled.map);
    const { logTail } = await invoke('compiled', { item: 'bread' });
    expect(logTail).toContain('TypeError: no bread left');
    expect(logTail).toContain(`${join(cloud.kernel.dataDir, 'assets', 'shop', 'sell.ts')}:4:`);
  });

  it('reports code that does not load, and handlers that nodejs24.x refuses', async () => {
    expect(await failure('broken')).toMatchObject({ errorMessage: expect.stringContaining('missing.mjs') });
    expect(await failure('callback')).toMatchObject({ errorType: 'Runtime.CallbackHandlerDeprecated' });
  });

  it('refuses events and results above 6 MB', async () => {
    expect(await failure('big')).toMatchObject({ errorType: 'Function.ResponseSizeTooLarge' });
    await expect(invoke('echo', 'x'.repeat(7_000_000))).rejects.toMatchObject({ status: 413 });
  });

  it("logs a function's lines between START and REPORT, one event per call of the console", async () => {
    const lines = () => sink.linesOf('/aws/lambda/prints');
    const answer = await invoke('prints');
    await until('the log has the report', () => lines().some((line) => line.startsWith('REPORT')));
    const shapes = lines().map((line) => line.replace(/^\S+Z\t\S+\t/, '').replace(/RequestId: \S+/, 'RequestId: …'));
    expect(shapes).toEqual([
      'INFO\tloading',
      'START RequestId: … Version: $LATEST',
      'WARN\ttwo\nlines',
      'raw',
      'INFO\tlast',
      'parts',
      'END RequestId: …',
      expect.stringMatching(/^REPORT RequestId: …\tDuration: .*Init Duration: [\d.]+ ms$/),
    ]);
    expect(answer.logTail).toContain('two\nlines');
  });

  it('reuses a warm worker, loads more when busy, and runs at most ten at once', async () => {
    expect(await invoke('counts')).toMatchObject({ payload: 1 });
    expect(await invoke('counts')).toMatchObject({ payload: 2 });
    const many = await Promise.all(Array.from({ length: 25 }, () => invoke('counts')));
    expect(many.every((answer) => answer.ok)).toBe(true);
    const loaded = lambda.initDurations().get('counts')?.length;
    expect(loaded).toBeGreaterThan(1);
    expect(loaded).toBeLessThanOrEqual(10);
  });

  it('serves a burst with the workers that are ready first, without loading one per call', async () => {
    const many = await Promise.all(Array.from({ length: 12 }, () => invoke('burst')));
    expect(many.every((answer) => answer.ok)).toBe(true);
    expect(lambda.initDurations().get('burst')?.length).toBeLessThan(10);
  });

  it('counts requests and billed gigabyte-milliseconds', () => {
    expect(cloud.kernel.meter.snapshot()).toMatchObject({
      'lambda.requests': expect.any(Number),
      'lambda.gb-ms': expect.any(Number),
    });
  });

  it('refuses callers without permission and unknown functions, by name', async () => {
    const stranger = cloud.role('stranger', []);
    await expect(lambda.invoke(arnOf('echo'), {}, stranger)).rejects.toMatchObject({ code: 'AccessDeniedException' });
    await expect(invoke('nobody')).rejects.toMatchObject({ code: 'ResourceNotFoundException' });
  });

  it.each([
    [{ Runtime: 'nodejs18.x' }, /Runtime must be nodejs24\.x/],
    [{ Timeout: 901 }, /Timeout/],
    [{ Environment: { Variables: { AWS_REGION: 'x' } } }, /AWS_REGION is reserved/],
  ])('refuses a configuration that Lambda would refuse: %j', async (more, message) => {
    const properties = functionProperties('echo', 'arn:aws:iam::0:role/x', more);
    await expect(declare(cloud.kernel, lambda, 'AWS::Lambda::Function', 'bad', properties)).rejects.toThrow(message);
  });
});

describe('a function that exceeds the time limit of the init phase', () => {
  let cloud: Bench;
  let lambda: Lambda;
  const sink = logSink();
  const invoke = (name: string) => lambda.invoke(arnOf(name), {}, { kind: 'operator' });

  beforeAll(async () => {
    cloud = await bench(async (kernel) => {
      const nothing = () => Promise.resolve([]);
      const queues = { receive: nothing, remove: async () => undefined, send: async () => undefined };
      const assets = assetsOf(kernel, slowToLoad);
      lambda = createLambda(kernel, { logs: sink, assets, queues, streams: { read: nothing } }, 100);
      const role = functionRole(kernel, 'runs');
      const properties = (key: string, Timeout: number) => functionProperties(key, role, { Timeout });
      await declare(kernel, lambda, 'AWS::Lambda::Function', 'slow', properties('slow', 30));
      await declare(kernel, lambda, 'AWS::Lambda::Function', 'stuck', properties('stuck', 1));
      return [lambda];
    });
  });
  afterAll(() => cloud.close());

  it('is loaded again within its own time limit, and then answers', async () => {
    expect(await invoke('slow')).toMatchObject({ ok: true, payload: 'loaded' });
    await until('the log has the report of the first attempt', () =>
      sink.linesOf('/aws/lambda/slow').some((line) => /^INIT_REPORT .*Status: timeout$/.test(line)),
    );
  });

  it('fails when its own time limit is too short', async () => {
    expect(await invoke('stuck')).toMatchObject({
      errorType: 'Sandbox.Timedout',
      errorMessage: expect.stringMatching(/Task timed out after 1\.00 seconds$/),
    });
  });
});
