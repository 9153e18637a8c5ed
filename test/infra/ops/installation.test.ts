import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetQueueUrlCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Client } from '@gantry/client/client.ts';
import { synthesize } from '@gantry/local/synth.ts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newDataDir, type Platform, removeData, startPlatform } from '../../journeys/platform.ts';

const root = join(import.meta.dirname, '../../..');
const folder = mkdtempSync(join(tmpdir(), 'gantry-ops-'));
const dataDir = newDataDir();

let platform: Platform;
let client: Client;
beforeAll(async () => {
  platform = await startPlatform({ dataDir });
  client = await platform.client();
}, 90_000);
afterAll(async () => {
  await platform?.stop();
  removeData(dataDir);
  rmSync(folder, { recursive: true, force: true });
}, 30_000);

/** `npx gantry-ops …`, as an operator runs it against the local cloud with the SDK's own variables. */
async function ops(...args: readonly string[]) {
  const { aws, region, credentials } = platform.endpoints;
  const env = {
    PATH: process.env['PATH'],
    AWS_ENDPOINT_URL: aws,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
    KUBECONFIG: join(dataDir, 'kubeconfig'),
  };
  const child = spawn(process.execPath, ['infra/ops/main.ts', ...args], { cwd: root, env });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk));
  const [code] = await once(child, 'exit');
  return { code, output };
}

async function team(): Promise<string> {
  const { teams } = await client('session.get', {});
  return teams[0]?.team.id ?? '';
}

describe('an installation, by gantry-ops', () => {
  it('is in order, and says so: stacks, alarms, dead letters, load balancer and node', async () => {
    const { code, output } = await ops('status', '--reconcile');
    expect({ code, output }).toEqual({ code: 0, output });
    expect(output).toMatch(/Stacks: in order[\s\S]*data +CREATE_COMPLETE/);
    expect(output).toMatch(/Alarms: in order[\s\S]*Dead letters: in order[\s\S]*Reconciliation: in order/);
    expect(output).toMatch(/Gateway apps: Programmed[\s\S]*Node \S+: Ready/);
  }, 60_000);

  it('that has dead letters says so, by an alarm that names its page', async () => {
    const { aws, region, credentials } = platform.endpoints;
    const sqs = new SQSClient({ endpoint: aws, region, credentials });
    const { QueueUrl } = await sqs.send(
      new GetQueueUrlCommand({ QueueName: 'gantry-local-realtime-push-dead-letters' }),
    );
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'no event' }));
    await ops('status', '--reconcile');
    const { code, output } = await ops('status');
    expect({ code, output }).toMatchObject({ code: 1 });
    expect(output).toMatch(/Alarms: look here[\s\S]*DeadLetters[\s\S]*docs\/runbooks\/dead-letters\.md/);
    expect(output).toMatch(/Dead letters: look here\n {2}1 of realtime-push/);
    sqs.destroy();
  }, 60_000);

  it('sends an app the whole way to its public address, and takes it away again', async () => {
    const teamId = await team();
    const params = { teamId };
    const { secret } = await client('tokens.create', {
      params,
      body: { name: 'smoke', scope: 'all', expiresInDays: 1 },
    });
    const host = new URL(platform.endpoints.api).host;
    const { code, output } = await ops('smoke', '--token', secret, '--host', host);
    expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining('An app went the whole way') });
    expect(output).toMatch(/✓ build[\s\S]*✓ shift/);
  }, 90_000);

  it('may not be upgraded to a version that would replace the table or lose the key', async () => {
    const assembly = join(folder, 'newer');
    cpSync(await synthesize(root, () => undefined), assembly, { recursive: true });
    const change = (
      topic: string,
      edit: (resources: Record<string, { Type: string; Properties: Record<string, unknown> }>) => void,
    ) => {
      const file = join(assembly, `gantry-local-${topic}.template.json`);
      const template = JSON.parse(readFileSync(file, 'utf8'));
      edit(template.Resources);
      writeFileSync(file, JSON.stringify(template));
    };
    change('upkeep', (resources) => {
      resources['Added'] = { Type: 'AWS::SNS::Topic', Properties: {} };
    });
    expect(await ops('upgrade', '--assembly', assembly)).toMatchObject({
      code: 0,
      output: expect.stringMatching(/^add +gantry-local-upkeep\/Added[\s\S]*1 resource changes; no data is at risk/),
    });
    change('data', (resources) => {
      const table = Object.values(resources).find(({ Type }) => Type === 'AWS::DynamoDB::Table');
      if (table) table.Properties['KeySchema'] = [{ AttributeName: 'id', KeyType: 'HASH' }];
    });
    change('variables', (resources) => {
      for (const [id, { Type }] of Object.entries(resources)) if (Type === 'AWS::KMS::Key') delete resources[id];
    });
    const refused = await ops('upgrade', '--assembly', assembly);
    expect(refused.code).toBe(1);
    expect(refused.output).toMatch(/Refused: gantry-local-data\/\w+: KeySchema cannot change/);
    expect(refused.output).toMatch(/Refused: gantry-local-variables\/\w+: it goes, with what it holds/);
  }, 60_000);

  it('is restored from an export after it was reset, people and variables included', async () => {
    const teamId = await team();
    const project = await client('projects.create', { params: { teamId }, body: { slug: 'kept', name: 'Kept' } });
    const exported = join(folder, 'export');
    expect(await ops('export', exported)).toMatchObject({
      code: 0,
      output: expect.stringMatching(/^\d+ records are in/),
    });
    expect(await ops('import', exported)).toMatchObject({ code: 1, output: expect.stringContaining('is not empty') });
    await platform.stop();
    // The key is kept, as AWS keeps it; all else is new.
    for (const name of readdirSync(dataDir))
      if (name !== 'keys' && !name.startsWith('lock')) rmSync(join(dataDir, name), { recursive: true, force: true });
    platform = await startPlatform({ dataDir });
    const imported = await ops('import', exported);
    expect(imported).toMatchObject({ code: 0, output: expect.stringContaining('What should run was applied') });
    client = await platform.client();
    const { items } = await client('projects.list', { params: { teamId } });
    expect(items.map(({ id }) => id)).toContain(project.id);
  }, 180_000);

  it('is taken away whole once that is confirmed, and is not before', async () => {
    const asked = await ops('destroy');
    expect(asked).toMatchObject({ code: 1, output: expect.stringContaining('Nothing was removed') });
    expect(asked.output).toMatch(/These hold data and go: .*AWS::DynamoDB::Table/);
    const gone = await ops('destroy', '--yes', 'local');
    expect(gone).toMatchObject({ code: 0, output: expect.stringContaining('Stage local is gone.') });
    expect(await ops('destroy')).toMatchObject({ code: 0, output: 'There is nothing of stage local.\n' });
  }, 120_000);
});
