import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CodeBuildClient, StartBuildCommand } from '@aws-sdk/client-codebuild';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { refusedProperties } from '../../../../local/assembly/plan.ts';
import { createCodeBuild } from '../../../../local/services/codebuild/codebuild.ts';
import { createLambda, type Lambda } from '../../../../local/services/lambda/room.ts';
import { type Bench, bench } from '../../support.ts';
import { arnOf, assetsOf, declare, functionProperties, functionRole, logSink, until } from '../lambda/functions.ts';

/** The command of a build: it calls three functions with the build's credentials, and prints the answers. */
const program = (sdk: string) => `
  import { InvokeCommand, LambdaClient } from '${sdk}';
  const client = new LambdaClient({ maxAttempts: 1 });
  for (const FunctionName of ['echo', 'throws', 'secret']) {
    try {
      const answer = await client.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify({ text: 'Grüße' }) }));
      console.log(FunctionName, answer.FunctionError ?? 'ok', answer.Payload.transformToString());
    } catch (error) {
      console.log(FunctionName, error.name, error.message);
    }
  }`;

let at: Bench;
let lambda: Lambda;
const sink = logSink();

beforeAll(async () => {
  at = await bench(async (kernel) => {
    const nothing = () => Promise.resolve([]);
    const queues = { receive: nothing, remove: async () => undefined, send: async () => undefined };
    const assets = assetsOf(kernel, {
      echo: 'export const handler = async (event) => ({ got: event.text });',
      throws: 'export const handler = async () => { throw new RangeError("too far"); };',
      secret: 'export const handler = async () => "not for builds";',
    });
    lambda = createLambda(kernel, { logs: sink, assets, queues, streams: { read: nothing } });
    const role = functionRole(kernel, 'runs');
    for (const key of ['echo', 'throws', 'secret']) {
      await declare(kernel, lambda, 'AWS::Lambda::Function', key, functionProperties(key, role));
    }
    const codebuild = createCodeBuild(kernel, { logs: sink, assets, events: { publish: async () => undefined } });
    const sdk = import.meta.resolve('@aws-sdk/client-lambda');
    writeFileSync(join(kernel.dataDir, 'invoke.mjs'), program(sdk));
    const commands = [`node ${join(kernel.dataDir, 'invoke.mjs')}`];
    await declare(kernel, codebuild, 'AWS::CodeBuild::Project', 'Project', {
      Name: 'builds',
      ServiceRole: 'arn:aws:iam::000000000000:role/builds',
      Source: { Type: 'NO_SOURCE', BuildSpec: JSON.stringify({ version: '0.2', phases: { build: { commands } } }) },
      Artifacts: { Type: 'NO_ARTIFACTS' },
      Environment: {},
      LogsConfig: { CloudWatchLogs: { Status: 'ENABLED', GroupName: 'builds' } },
    });
    return [lambda, codebuild];
  });
  at.role(
    'builds',
    [{ Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: [arnOf('echo'), arnOf('throws')] }],
    ['codebuild.amazonaws.com'],
  );
});
afterAll(() => at.close());

it('a build calls functions that its role may call, and gets their answers and errors', async () => {
  const client = new CodeBuildClient(at.client());
  await client.send(new StartBuildCommand({ projectName: 'builds' }));
  const printed = () => sink.linesOf('builds').filter((line) => !line.startsWith('[Container]'));
  await until('the build has printed its lines', () => printed().length >= 3);
  const [echo, throws, secret] = printed();
  expect(echo).toBe('echo ok {"got":"Grüße"}');
  expect(throws).toBe('throws Unhandled {"errorType":"RangeError","errorMessage":"too far"}');
  expect(secret).toMatch(
    /^secret AccessDeniedException .*AWSCodeBuild-.* not authorized to perform: lambda:InvokeFunction/,
  );
});

it('a function may request 3,008 MB of memory and storage', () => {
  const type = lambda.resources?.find((each) => each.type === 'AWS::Lambda::Function');
  if (type === undefined) throw new Error('there is no such type');
  const properties = functionProperties('echo', functionRole(at.kernel, 'large'), {
    MemorySize: 3008,
    EphemeralStorage: { Size: 10_240 },
  });
  expect(refusedProperties(type, properties)).toEqual([]);
  return expect(declare(at.kernel, lambda, 'AWS::Lambda::Function', 'echo', properties)).resolves.toMatchObject({
    ref: 'echo',
  });
});
