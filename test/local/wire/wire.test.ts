import * as eks from '@aws-sdk/client-eks';
import * as lambda from '@aws-sdk/client-lambda';
import * as sqs from '@aws-sdk/client-sqs';
import * as sts from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Room } from '../../../local/kernel/resource.ts';
import { AwsError } from '../../../local/kernel/service.ts';
import { operation } from '../../../local/wire/operation.ts';
import { type Bench, bench } from '../support.ts';
import { signed } from './signed.ts';

const queue = 'arn:aws:sqs:xx-local-1:000000000000:jobs';

/** One small service for each protocol. */
function room(): Room {
  const seen: Record<string, unknown>[] = [];
  return {
    services: [
      {
        signingName: 'sqs',
        protocol: 'json',
        model: () => import('@aws-sdk/client-sqs'),
        operations: {
          SendMessage: operation<{ QueueUrl: string; MessageBody: string }, { MessageId: string }>({
            uses: ['QueueUrl', 'MessageBody'],
            access: () => [{ action: 'sqs:SendMessage', resource: queue }],
            handle: ({ MessageBody }) => {
              if (MessageBody === 'nowhere')
                throw new AwsError('QueueDoesNotExist', 'The specified queue does not exist.');
              if (MessageBody === 'bug') throw new TypeError('secret detail');
              return { MessageId: `id of ${MessageBody}` };
            },
          }),
        },
      },
      {
        signingName: 'sts',
        protocol: 'query',
        model: () => import('@aws-sdk/client-sts'),
        operations: {
          GetCallerIdentity: operation<object, object>({
            uses: [],
            access: () => [],
            handle: (_input, { principal }) => ({ Arn: principal.kind === 'role' ? principal.arn : principal.kind }),
          }),
          AssumeRole: operation<object, object>({
            uses: ['RoleArn', 'RoleSessionName', 'TransitiveTagKeys', 'DurationSeconds', 'Tags'],
            access: () => [],
            handle: (input) => {
              seen.push(input as Record<string, unknown>);
              return {
                Credentials: {
                  AccessKeyId: 'A&<B>',
                  SecretAccessKey: 's',
                  SessionToken: 't',
                  Expiration: 1_700_000_000,
                },
                PackedPolicySize: JSON.stringify(input).length,
              };
            },
          }),
        },
      },
      {
        signingName: 'eks',
        protocol: 'rest-json',
        model: () => import('@aws-sdk/client-eks'),
        operations: {
          DescribeCluster: operation<{ name: string }, object>({
            uses: ['name'],
            access: ({ name }) => [
              { action: 'eks:DescribeCluster', resource: `arn:aws:eks:xx-local-1:000000000000:cluster/${name}` },
            ],
            handle: ({ name }) => {
              if (name === 'none')
                throw new AwsError('ResourceNotFoundException', `No cluster found for name: ${name}.`);
              return { cluster: { name, createdAt: 1_700_000_000 } };
            },
          }),
        },
      },
      {
        signingName: 'lambda',
        protocol: 'rest-json',
        model: () => import('@aws-sdk/client-lambda'),
        operations: {
          Invoke: operation<{ FunctionName: string; Payload?: string }, object>({
            uses: ['FunctionName', 'Payload'],
            inert: { InvocationType: 'only RequestResponse is sent' },
            access: () => [],
            handle: ({ Payload = '' }) => ({ StatusCode: 200, FunctionError: 'Unhandled', Payload }),
          }),
        },
      },
    ],
  };
}

describe('the AWS endpoint', () => {
  let local: Bench;
  beforeAll(async () => {
    local = await bench(() => [room()]);
  });
  afterAll(() => local.close());

  const send = (body: string, config = local.client()) =>
    new sqs.SQSClient({ ...config, md5: false }).send(
      new sqs.SendMessageCommand({ QueueUrl: 'http://q', MessageBody: body }),
    );

  it('answers an unmodified SDK client in each protocol', async () => {
    expect((await send('hello')).MessageId).toBe('id of hello');
    const role = local.role('reader', [{ Effect: 'Allow', Action: 'eks:DescribeCluster', Resource: '*' }]);
    expect((await new sts.STSClient(local.client(role)).send(new sts.GetCallerIdentityCommand({}))).Arn).toMatch(
      /role\/reader$/,
    );
    const { cluster } = await new eks.EKSClient(local.client(role)).send(
      new eks.DescribeClusterCommand({ name: 'a b' }),
    );
    expect(cluster).toEqual({ name: 'a b', createdAt: new Date(1_700_000_000_000) });
    const { Payload, FunctionError } = await new lambda.LambdaClient(local.client()).send(
      new lambda.InvokeCommand({ FunctionName: 'f', Payload: Buffer.from('{"a":1}') }),
    );
    expect([Payload?.transformToString(), FunctionError]).toEqual(['{"a":1}', 'Unhandled']);
  });

  it('reads and writes lists, numbers and dates of the query protocol', async () => {
    const { Credentials } = await new sts.STSClient(local.client()).send(
      new sts.AssumeRoleCommand({
        RoleArn: 'r',
        RoleSessionName: 's',
        DurationSeconds: 900,
        TransitiveTagKeys: ['x', 'y'],
        Tags: [{ Key: 'k', Value: 'v' }],
      }),
    );
    expect(Credentials).toMatchObject({ AccessKeyId: 'A&<B>', Expiration: new Date(1_700_000_000_000) });
  });

  it('refuses wrong secrets, unknown keys and wrong session tokens', async () => {
    const good = local.client();
    const withCredentials = (change: object) => ({ ...good, credentials: { ...good.credentials, ...change } });
    await expect(send('x', withCredentials({ secretAccessKey: 'other' }))).rejects.toMatchObject({
      name: 'InvalidSignatureException',
    });
    await expect(send('x', withCredentials({ accessKeyId: 'ASIAOTHER' }))).rejects.toMatchObject({
      name: 'UnrecognizedClientException',
    });
    await expect(send('x', withCredentials({ sessionToken: 'other' }))).rejects.toMatchObject({
      name: 'UnrecognizedClientException',
    });
  });

  it('refuses signatures of another day or region, and of a changed body', async () => {
    await expect(send('x', { ...local.client(), systemClockOffset: -3_600_000 } as never)).rejects.toThrow(
      'Signature expired',
    );
    await expect(send('x', { ...local.client(), systemClockOffset: 3_600_000 } as never)).rejects.toThrow(
      'not yet current',
    );
    await expect(send('x', { ...local.client(), region: 'eu-west-1' })).rejects.toThrow('valid region');
    const client = new sqs.SQSClient({ ...local.client(), md5: false });
    client.middlewareStack.add(
      (next) => (args) => {
        const request = args.request as { body: Uint8Array };
        request.body = Buffer.from(Buffer.concat([request.body]).toString().replace('small', 'large'));
        return next(args);
      },
      { step: 'finalizeRequest', priority: 'low', name: 'tamper' },
    );
    await expect(
      client.send(new sqs.SendMessageCommand({ QueueUrl: 'http://q', MessageBody: 'small' })),
    ).rejects.toThrow('does not match');
  });

  it('refuses a request without a signature', async () => {
    const response = await fetch(local.kernel.addresses.aws, { method: 'POST', body: '{}' });
    expect([response.status, await response.text()]).toEqual([
      403,
      expect.stringContaining('Missing Authentication Token'),
    ]);
  });

  it('names operations, parameters and services that are not emulated', async () => {
    const client = new sqs.SQSClient(local.client());
    await expect(client.send(new sqs.ListQueuesCommand({}))).rejects.toMatchObject({
      name: 'UnknownOperationException',
    });
    await expect(
      client.send(new sqs.SendMessageCommand({ QueueUrl: 'http://q', MessageBody: 'x', DelaySeconds: 3 })),
    ).rejects.toThrow('local cloud: parameter DelaySeconds of sqs:SendMessage is not emulated');
    await expect(new eks.EKSClient(local.client()).send(new eks.ListClustersCommand({}))).rejects.toMatchObject({
      name: 'UnknownOperationException',
    });
  });

  it("answers errors in the client's protocol", async () => {
    const send = (service: string, headers: Record<string, string>, body: string) =>
      signed(local.client(), service, { ...headers, host: new URL(local.kernel.addresses.aws).host }, body);
    const form = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
    for (const service of ['ec2', 'iam', 'sns', 'cloudformation', 'rds']) {
      const { type, text } = await send(service, form, 'Action=List&Version=1');
      expect([service, type, text]).toEqual([
        service,
        'text/xml',
        expect.stringContaining('<Code>InvalidAction</Code>'),
      ]);
    }
    expect((await send('route53', {}, '')).type).toBe('text/xml');
    const json = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'Acm.List' };
    expect(JSON.parse((await send('acm', json, '{}')).text)).toMatchObject({ __type: 'UnknownOperationException' });
    const unknown = new sts.STSClient({
      ...local.client(),
      credentials: { accessKeyId: 'AKIAX', secretAccessKey: 'x' },
    });
    await expect(unknown.send(new sts.GetCallerIdentityCommand({}))).rejects.toMatchObject({
      name: 'InvalidClientTokenId',
    });
    const missing = new sts.STSClient(local.client()).send(new sts.GetSessionTokenCommand({}));
    await expect(missing).rejects.toMatchObject({ name: 'InvalidAction' });
  });

  it('sends error codes of the query protocol only to clients that request them', async () => {
    const target = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'AmazonSQS.SendMessage' };
    const body = JSON.stringify({ QueueUrl: 'http://q', MessageBody: 'nowhere' });
    const host = new URL(local.kernel.addresses.aws).host;
    const asked = await signed(local.client(), 'sqs', { ...target, 'x-amzn-query-mode': 'true', host }, body);
    expect(asked.headers.get('x-amzn-query-error')).toBe('AWS.SimpleQueueService.NonExistentQueue;Sender');
    const plain = await signed(local.client(), 'sqs', { ...target, host }, body);
    expect(plain.headers.get('x-amzn-query-error')).toBeNull();
  });

  it('names members that are missing, unknown or of a wrong type', async () => {
    const raw = (input: object) => {
      const client = new sqs.SQSClient(local.client());
      client.middlewareStack.add(
        (next) => (args) => {
          (args.request as { body: string }).body = JSON.stringify(input);
          return next(args);
        },
        { step: 'build', priority: 'high', name: 'raw' },
      );
      return client.send(new sqs.SendMessageCommand({ QueueUrl: 'http://q', MessageBody: 'x' }));
    };
    await expect(raw({ QueueUrl: 'q' })).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining("'MessageBody'"),
    });
    await expect(raw({ QueueUrl: 'q', MessageBody: 'b', Nonsense: 1 })).rejects.toThrow(
      'Nonsense is not a member of SendMessageRequest',
    );
    await expect(raw({ QueueUrl: 'q', MessageBody: 7 })).rejects.toMatchObject({
      name: 'SerializationException',
      message: 'MessageBody must be a string',
    });
    await expect(
      raw({ QueueUrl: 'q', MessageBody: 'b', MessageAttributes: { a: { DataType: 'String', Size: 1 } } }),
    ).rejects.toThrow('MessageAttributes.a.Size is not a member');
  });

  it("denies calls that no policy allows, with AWS's text, and records the statement that allows a call", async () => {
    const stranger = local.role('stranger', [{ Effect: 'Allow', Action: 'sqs:ReceiveMessage', Resource: queue }]);
    await expect(send('x', local.client(stranger))).rejects.toMatchObject({
      name: expect.stringMatching(/^AccessDenied/),
      message:
        'User: arn:aws:sts::000000000000:assumed-role/stranger/test is not authorized to perform: sqs:SendMessage ' +
        `on resource: ${queue} because no identity-based policy allows the sqs:SendMessage action`,
    });
    const sender = local.role('sender', [{ Effect: 'Allow', Action: 'sqs:SendMessage', Resource: queue }]);
    await send('x', local.client(sender));
    expect(local.kernel.iam.usage().get('test/senderPolicy/0')).toBe(1);
  });

  it('gives known errors their class and status, and hides unexpected ones', async () => {
    await expect(send('nowhere')).rejects.toBeInstanceOf(sqs.QueueDoesNotExist);
    const missing = new eks.EKSClient(local.client()).send(new eks.DescribeClusterCommand({ name: 'none' }));
    await expect(missing).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      $metadata: { httpStatusCode: 404 },
    });
    await expect(send('bug')).rejects.toMatchObject({
      name: 'InternalFailure',
      message: expect.not.stringContaining('secret'),
    });
    expect(local.notes.join()).toContain('secret detail');
  });

  it('refuses foreign host names and foreign pages', async () => {
    const { aws, front } = local.kernel.addresses;
    expect((await fetch(aws, { headers: { origin: 'https://evil.example' } })).status).toBe(403);
    expect((await fetch(`${front}/v1`, { headers: { origin: 'null' } })).status).toBe(403);
    expect((await fetch(`${front}/v1`, { headers: { origin: front } })).status).toBe(404);
    const embedded = { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' };
    const link = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
    const framed = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' };
    const status = (site: string, kind: Readonly<Record<string, string>>) =>
      statusWith(`${front}/v1`, { 'sec-fetch-site': site, ...kind });
    for (const site of ['cross-site', 'same-site'])
      expect([await status(site, embedded), await status(site, framed), await status(site, link)]).toEqual([
        403, 403, 404,
      ]);
    for (const site of ['same-origin', 'none']) expect(await status(site, embedded)).toBe(404);
    expect(await statusWithHost(aws, 'evil.example')).toBe(403);
    expect(await statusWithHost(front, 'evil.example')).toBe(403);
    expect(await statusWithHost(front, 'web-production-blog.localhost')).toBe(404);
  });
});

const statusWithHost = (address: string, host: string) => statusWith(address, { host });

/** `fetch` does not let a caller set a browser's own headers. */
async function statusWith(address: string, headers: Readonly<Record<string, string>>): Promise<number | undefined> {
  const { get } = await import('node:http');
  return new Promise((resolve, reject) => {
    get(address, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).once('error', reject);
  });
}
