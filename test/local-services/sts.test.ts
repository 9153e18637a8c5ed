import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SignatureV4 } from '@smithy/signature-v4';
import { createSts } from '../../local/services/sts/sts.ts';
import { type Bench, bench } from '../local/support.ts';

const arn = 'arn:aws:sts::000000000000:assumed-role/Nobody/test';
let world: Bench;
let client: STSClient;

beforeAll(async () => {
  world = await bench(() => [createSts()]);
  client = new STSClient(world.client(world.role('Nobody', [])));
});
afterAll(async () => {
  client.destroy();
  await world.close();
});

describe('STS', () => {
  it('tells a caller who it is, without any permission', async () => {
    expect(await client.send(new GetCallerIdentityCommand({}))).toMatchObject({
      Account: '000000000000',
      Arn: arn,
      UserId: expect.stringMatching(/^AROA[0-9A-F]{16}:test$/),
    });
  });

  it("answers the presigned request in a cluster token, and only with the cluster's name that was signed", async () => {
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
