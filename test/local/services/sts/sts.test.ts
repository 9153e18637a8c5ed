import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { GetQueueAttributesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { assumeRole } from '@gantry/cloud/sts.ts';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { SignatureV4 } from '@smithy/signature-v4';
import type { PolicyStatement, Principal } from '../../../../local/kernel/iam.ts';
import { createSqs } from '../../../../local/services/sqs/sqs.ts';
import { createSts } from '../../../../local/services/sts/sts.ts';
import { actingAs } from '../../caller.ts';
import { type Bench, bench } from '../../support.ts';
import { declare } from '../declare.ts';

const arn = 'arn:aws:sts::000000000000:assumed-role/Nobody/test';
let world: Bench;
let client: STSClient;
const queues: Record<string, string> = {};

beforeAll(async () => {
  world = await bench(async (kernel) => {
    const sqs = createSqs(kernel);
    for (const name of ['Own', 'Other']) queues[name] = (await declare(kernel, sqs, 'AWS::SQS::Queue', name, {})).ref;
    return [createSts(kernel), sqs];
  });
  client = new STSClient(world.client(world.role('Nobody', [])));
});
afterAll(async () => {
  client.destroy();
  await world.close();
});

describe('STS', () => {
  it('tells a caller who it is, without a permission', async () => {
    expect(await client.send(new GetCallerIdentityCommand({}))).toMatchObject({
      Account: '000000000000',
      Arn: arn,
      UserId: expect.stringMatching(/^AROA[0-9A-F]{16}:test$/),
    });
  });

  it("answers the presigned request of a cluster token, only with the cluster's name signed", async () => {
    const { hostname, port, host, origin } = new URL(world.kernel.addresses.aws);
    const { credentials, region, sha256 } = client.config;
    const signed = await new SignatureV4({ credentials, region, sha256, service: 'sts' }).presign(
      {
        method: 'GET',
        protocol: 'http:',
        hostname,
        port: Number(port),
        path: '/',
        query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
        headers: { host, 'x-k8s-aws-id': 'apps' },
      },
      { expiresIn: 60 },
    );
    const url = `${origin}/?${new URLSearchParams(signed.query as Record<string, string>)}`;
    const ask = (cluster: string) => fetch(url, { headers: { 'x-k8s-aws-id': cluster } });
    const answer = await ask('apps');
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain(`<Arn>${arn}</Arn>`);
    expect((await ask('other')).status).toBe(403);
  });
});

const ROLES = 'arn:aws:iam::000000000000:role/';
const WORKER = `${ROLES}Worker`;
const QUEUES = 'arn:aws:sqs:xx-local-1:000000000000:test-';
const mayAssume = [{ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: WORKER }];
let count = 0;

/** A role that may send to both queues and read neither, and trusts the principals in `trust`. */
function declareWorker(...trust: readonly Partial<PolicyStatement>[]): void {
  const { iam } = world.kernel;
  const statements = trust.map((each) => ({ Effect: 'Allow' as const, Action: 'sts:AssumeRole', ...each }));
  iam.declareRole(WORKER, { Statement: statements }, 'test/Worker');
  iam.attach([WORKER], { Statement: [allowed('sqs:SendMessage', `${QUEUES}*`)] }, 'test/WorkerPolicy');
}

const allowed = (Action: string, Resource: string) => ({ Effect: 'Allow' as const, Action, Resource });

/** A caller with these identity statements; each has its own role. */
function caller(statements: readonly object[]): Principal & { readonly arn: string } {
  count += 1;
  const name = `Caller${count}`;
  return { ...(world.role(name, statements) as Principal & { readonly kind: 'role' }), arn: `${ROLES}${name}` };
}

async function assume(as: Principal, more: object = {}) {
  const sts = new STSClient(world.client(as));
  const { Credentials, AssumedRoleUser } = await sts.send(
    new AssumeRoleCommand({ RoleArn: WORKER, RoleSessionName: 'job-1', ...more }),
  );
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '', Expiration } = Credentials ?? {};
  return {
    config: {
      ...world.client(as),
      credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken },
    },
    seconds: Math.round(((Expiration?.getTime() ?? 0) - Date.now()) / 1000),
    AssumedRoleUser,
  };
}

const send = (config: object, queue: string) =>
  new SQSClient({ ...config, useQueueUrlAsEndpoint: false }).send(
    new SendMessageCommand({ QueueUrl: queues[queue] ?? '', MessageBody: 'x' }),
  );
const limitedTo = (...Statement: readonly object[]) => ({
  Policy: JSON.stringify({ Version: '2012-10-17', Statement }),
});

describe('AssumeRole', () => {
  afterEach(() => void jest.restoreAllMocks());

  it("gives a role in the trust policy a session of the other role, with only that role's rights", async () => {
    const who = caller([...mayAssume, allowed('sqs:GetQueueAttributes', '*')]);
    declareWorker({ Principal: { AWS: who.arn } });
    const { config, seconds, AssumedRoleUser } = await assume(who);
    expect(seconds).toBe(3600);
    expect(AssumedRoleUser).toEqual({
      Arn: 'arn:aws:sts::000000000000:assumed-role/Worker/job-1',
      AssumedRoleId: expect.stringMatching(/^AROA[0-9A-F]{16}:job-1$/),
    });
    const { Arn } = await new STSClient(config).send(new GetCallerIdentityCommand({}));
    expect(Arn).toBe('arn:aws:sts::000000000000:assumed-role/Worker/job-1');
    await send(config, 'Own');
    const read = new GetQueueAttributesCommand({ QueueUrl: queues.Own ?? '', AttributeNames: ['All'] });
    await expect(new SQSClient({ ...config, useQueueUrlAsEndpoint: false }).send(read)).rejects.toThrow(
      'sqs:GetQueueAttributes',
    );
    const usage = world.kernel.iam.usage();
    expect([usage.get('test/Worker/trust/0'), usage.get(`test/Caller${count}Policy/0`)]).toEqual([1, 1]);
  });

  it('limits the session to what role and session policy both allow, and a deny in either wins', async () => {
    const who = caller(mayAssume);
    declareWorker({ Principal: { AWS: who.arn } });
    const own = allowed('sqs:*', `${QUEUES}Own`);
    const { config } = await assume(who, limitedTo(own));
    await send(config, 'Own');
    await expect(send(config, 'Other')).rejects.toThrow('because no session policy allows the sqs:SendMessage action');
    const read = new GetQueueAttributesCommand({ QueueUrl: queues.Own ?? '', AttributeNames: ['All'] });
    await expect(new SQSClient({ ...config, useQueueUrlAsEndpoint: false }).send(read)).rejects.toThrow(
      'because no identity-based policy allows',
    );
    const denied = await assume(who, limitedTo(own, { ...own, Effect: 'Deny', Action: 'sqs:SendMessage' }));
    await expect(send(denied.config, 'Own')).rejects.toThrow('with an explicit deny in a session policy');
  });

  it('is refused without identity policy, trust policy or role, always with the same text', async () => {
    const may = caller(mayAssume);
    const mayNot = caller([]);
    declareWorker({ Principal: { AWS: [mayNot.arn] } });
    for (const who of [may, mayNot]) {
      await expect(assume(who)).rejects.toMatchObject({
        name: 'AccessDenied',
        message: expect.stringMatching(/is not authorized to perform: sts:AssumeRole on resource: .*:role\/Worker/),
      });
    }
    const all = caller([allowed('sts:AssumeRole', '*')]);
    await expect(assume(all, { RoleArn: `${ROLES}Nowhere` })).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  it('is decided by identity policies when the role trusts the account, unless it denies the caller', async () => {
    const [may, mayNot, denied] = [caller(mayAssume), caller([]), caller(mayAssume)];
    const account = { Principal: { AWS: 'arn:aws:iam::000000000000:root' } };
    declareWorker(account, { Principal: { AWS: denied.arn }, Effect: 'Deny' });
    await send((await assume(may)).config, 'Own');
    await expect(assume(mayNot)).rejects.toMatchObject({ name: 'AccessDenied' });
    await expect(assume(denied)).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  it.each([
    ['too short', { DurationSeconds: 899 }, /between 900 and 43200/],
    ['longer than role chaining allows', { DurationSeconds: 3601 }, /1 hour session limit.*role chaining/],
    ['without a proper name', { RoleSessionName: 'a b' }, /RoleSessionName/],
    ['with a malformed policy', { Policy: '{"Version":' }, /invalid Json/],
    ['with an unknown effect', limitedTo({ Effect: 'Perhaps', Action: '*', Resource: '*' }), /Effect must be/],
    ['with a policy that is too long', limitedTo(allowed('sqs:*', 'x'.repeat(2048))), /more than 2048/],
  ])('refuses a session %s', async (_, more, message) => {
    const who = caller(mayAssume);
    declareWorker({ Principal: { AWS: who.arn } });
    await expect(assume(who, more)).rejects.toThrow(message);
  });

  it("limits a caller that is no role to the role's own maximum", async () => {
    declareWorker({ Principal: '*' });
    const operator: Principal = { kind: 'operator' };
    await expect(assume(operator, { DurationSeconds: 3601 })).rejects.toThrow('MaxSessionDuration');
    expect((await assume(operator, { DurationSeconds: 900 })).seconds).toBe(900);
  });

  it('ends when its credentials expire, for every service', async () => {
    const who = caller(mayAssume);
    declareWorker({ Principal: { AWS: who.arn } });
    const { config } = await assume(who, { DurationSeconds: 900 });
    const later = Date.now() + 901_000;
    jest.spyOn(Date, 'now').mockReturnValue(later);
    await expect(send(config, 'Own')).rejects.toMatchObject({ name: 'ExpiredTokenException' });
    const identity = new STSClient(config).send(new GetCallerIdentityCommand({}));
    await expect(identity).rejects.toMatchObject({
      name: 'ExpiredToken',
      message: 'The security token included in the request is expired',
    });
    const list = new S3Client({ ...config, forcePathStyle: true }).send(new ListObjectsV2Command({ Bucket: 'any' }));
    await expect(list).rejects.toMatchObject({ name: 'ExpiredToken' });
  });

  it("narrows the platform's own credentials", async () => {
    const who = caller(mayAssume);
    declareWorker({ Principal: { AWS: who.arn } });
    const statement = { Action: ['sqs:SendMessage'], Resource: [`${QUEUES}Own`] };
    const { expiresAt, ...credentials } = await actingAs(world, who, () => assumeRole(WORKER, 'job', [statement], 900));
    expect(expiresAt - Date.now()).toBeGreaterThan(890_000);
    const config = { ...world.client(), credentials };
    await send(config, 'Own');
    await expect(send(config, 'Other')).rejects.toThrow('no session policy');
  });
});
