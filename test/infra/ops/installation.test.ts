import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { GetQueueUrlCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type Client, createClient } from '@gantry/client/client.ts';
import { signInAs } from '@gantry/local/example/session.ts';
import { synthesize } from '@gantry/local/synth.ts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { plan } from '../../faults/bed.ts';
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
    // It stands in the region of CloudFront, wherever the others are.
    expect(output).toMatch(/firewall +CREATE_COMPLETE/);
    expect(output).toMatch(/Alarms: in order[\s\S]*Dead letters: in order[\s\S]*Reconciliation: in order/);
    expect(output).toMatch(/Gateway apps: Programmed[\s\S]*Node \S+: Ready/);
  }, 60_000);

  it("is looked at beforehand: the account's zones and bootstrap, and what it cannot say", async () => {
    const { code, output } = await ops('preflight');
    expect({ code, output }).toMatchObject({
      code: 0,
      output: expect.stringContaining('A first deployment can succeed'),
    });
    expect(output).toMatch(
      /✓ The CDK's bootstrap stack of xx-local-1 has version \d+\n✓ .* of us-east-1 has version \d+/,
    );
    expect(output).toMatch(
      /✓ Region xx-local-1 has 3 zones \(xx-local-1a, xx-local-1b, xx-local-1c\) for the 2 of the stage/,
    );
    expect(output).toMatch(/\? Lambda: functions that run at once: could not be read: The local cloud has no quotas\./);
  }, 60_000);

  it('whose table refuses requests says so at once, by an alarm that names its page', async () => {
    await plan({ platform }, { busyTable: 12 });
    await Promise.all(Array.from({ length: 12 }, () => client('session.get', {}).catch(() => undefined)));
    const { output } = await ops('status');
    await plan({ platform }, {});
    expect(output).toMatch(
      /TableThrottled\S*: The table refuses reads or writes\. Runbook: docs\/runbooks\/table-throttled\.md/,
    );
  }, 60_000);

  it('is deployed again without a change, and says where it is and what is left to do', async () => {
    const { code, output } = await ops('deploy', '--skip-preflight', '--assembly', await synthesize(root, () => undefined));
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(output).toContain(`The dashboard and the API are at ${platform.endpoints.api}.`);
    expect(output).toMatch(/"firewallArn": "arn:aws:wafv2:us-east-1:\S+"/);
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
    const { code, output } = await ops('smoke', '--token', secret);
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
    // The CDK's own command deploys it: one stack changes, every other is left as it is.
    const applied = await ops('upgrade', '--assembly', assembly, '--apply');
    expect(applied).toMatchObject({ code: 0, output: expect.stringContaining('The upgrade is done.') });
    expect(applied.output.match(/gantry-local-\w+ \(no changes\)/g)).toHaveLength(16);
    expect(await ops('upgrade', '--assembly', assembly)).toMatchObject({ output: expect.stringMatching(/^0 resources/) });
    expect((await ops('status')).output).toMatch(/upkeep +UPDATE_COMPLETE/);
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
    const params = { teamId, projectId: project.id };
    await client('variables.stage', { params, query: {}, body: { set: { GREETING: { value: 'hello' } } } });
    await client('variables.apply', { params, query: {} });
    const ada = await newcomer('ada@example.com', teamId);
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
    expect(imported.output).toContain('1 person has a new account');
    client = await platform.client();
    const { items } = await client('projects.list', { params: { teamId } });
    expect(items.map(({ id }) => id)).toContain(project.id);
    expect(await client('variables.get', { params, query: {} })).toMatchObject({
      variables: [{ name: 'GREETING', value: 'hello' }],
    });
    // She has a new account and a new password, and is who she was.
    const again = await signIn('ada@example.com');
    const { user, teams } = await again('session.get', {});
    expect({ id: user.id, teams: teams.map(({ team: { id }, role }) => ({ id, role })) }).toEqual({
      id: ada,
      teams: [{ id: teamId, role: 'developer' }],
    });
  }, 180_000);

  it('is taken away whole once that is confirmed, and is not before', async () => {
    const asked = await ops('destroy');
    expect(asked).toMatchObject({ code: 1, output: expect.stringContaining('Nothing was removed') });
    expect(asked.output).toMatch(/These hold data and go: .*AWS::DynamoDB::Table/);
    const gone = await ops('destroy', '--yes', 'local');
    expect(gone).toMatchObject({ code: 0, output: expect.stringContaining('Stage local is gone.') });
    // A distribution holds the firewall: it goes before.
    const [edge, firewall] = ['edge', 'firewall'].map((topic) =>
      gone.output.indexOf(`removed stack gantry-local-${topic}`),
    );
    expect(edge).toBeLessThan(firewall ?? 0);
    expect(await ops('destroy')).toMatchObject({ code: 0, output: 'There is nothing of stage local.\n' });
    await platform.stop();
    expect(heldIn(join(dataDir, 'state.db'))).toEqual([]);
    // The name of its secret is free, and the next installation knows nobody of the one before.
    platform = await startPlatform({ dataDir });
    client = await platform.client();
    const { teams } = await client('session.get', {});
    expect((await client('projects.list', { params: { teamId: teams[0]?.team.id ?? '' } })).items).toEqual([]);
    await expect(signIn('ada@example.com')).rejects.toThrow();
  }, 120_000);
});

const PASSWORD = 'Correct-horse-7-battery';

/** Somebody with the password that AWS would mail, and another one afterwards. */
async function signIn(email: string): Promise<Client> {
  const mailed = JSON.parse(readFileSync(join(dataDir, 'owner.json'), 'utf8'));
  const { accessToken } = await signInAs(platform.endpoints.api, email, mailed[email] ?? PASSWORD, PASSWORD);
  return createClient({ baseUrl: platform.endpoints.api, token: () => accessToken });
}

/** Lets somebody into the team, and answers who they are. */
async function newcomer(email: string, teamId: string): Promise<string> {
  const { id } = await client('invitations.create', { params: { teamId }, body: { email, role: 'developer' } });
  const theirs = await signIn(email);
  await theirs('invitations.accept', { params: { teamId, invitationId: id } });
  return (await theirs('session.get', {})).user.id;
}

/** What a service of the local cloud still keeps of a stage, by collection; keys and counters of its own are none of it. */
function heldIn(file: string): string[] {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    const rows = db.prepare('SELECT collection, count(*) AS held FROM entry GROUP BY collection').all();
    return rows.map(({ collection, held }) => `${collection}: ${held}`).filter((row) => !OWN.test(row));
  } finally {
    db.close();
  }
}

const OWN = /^(cluster\.version|cognito\.keys):/;
