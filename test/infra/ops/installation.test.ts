import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { DynamoDBClient, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { GetQueueUrlCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type Client, createClient } from '@gantry/client/client.ts';
import { toKubernetesName } from '@gantry/contract/ids.ts';
import { signInAs } from '@gantry/local/example/session.ts';
import { synthesize } from '@gantry/local/synth.ts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { changesOf, heldExports } from '../../../infra/ops/changes.ts';
import { readTemplates } from '../../../infra/verify/template.ts';
import { plan } from '../../faults/bed.ts';
import { answering, developer } from '../../journeys/developer.ts';
import { newDataDir, type Platform, removeData, startPlatform, visit } from '../../journeys/platform.ts';
import { until } from '../../until.ts';

const root = join(import.meta.dirname, '../../..');
const folder = mkdtempSync(join(tmpdir(), 'gantry-ops-'));
const dataDir = newDataDir();
/**
 * The data that the template of commit 1e1a4e1 and its functions left on the local cloud: the project `store` with the
 * app `web`, two of its variables, and a person besides the first owner. `templates/` holds that template.
 */
const EARLIER = join(root, 'test/fixtures/installation-1e1a4e1.tar.gz');

let platform: Platform;
let client: Client;
beforeAll(async () => {
  execFileSync('tar', ['xzf', EARLIER, '-C', folder]);
  cpSync(join(folder, 'data'), dataDir, { recursive: true });
  platform = await startPlatform({ dataDir });
  client = await platform.client();
}, 90_000);
afterAll(async () => {
  await platform?.stop();
  removeData(dataDir);
  rmSync(folder, { recursive: true, force: true });
}, 30_000);

/** Runs `npx gantry-ops …` against the local cloud as an operator does, with the SDK's own variables. */
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

describe('an installation of an earlier version, upgraded to this one', () => {
  it('loses nothing: every resource that holds data or apps keeps its place', async () => {
    const [before, after] = [readTemplates(join(folder, 'templates')), readTemplates(await assembly())];
    const changes = changesOf(before, after);
    expect(changes.length).toBeGreaterThan(100);
    expect(changes.filter(({ loses }) => loses !== undefined)).toEqual([]);
    // The earlier API was in another stack: on AWS, the stacks that import from there are made again. None holds data.
    const held = heldExports(before, after);
    expect([...new Set(held.map(({ by }) => by.replace('gantry-local-', '')))].sort()).toEqual([
      'api',
      'events',
      'logs',
    ]);
    expect(held.filter(({ isPrecious }) => isPrecious)).toEqual([]);
  });

  it('has its people, its project and its variables, and its app still runs with its sealed values', async () => {
    const ada = await signIn('ada@example.com');
    const { teams } = await ada('session.get', {});
    const params = { teamId: teams[0]?.team.id ?? '' };
    expect(teams).toMatchObject([{ role: 'developer' }]);
    const { items } = await ada('projects.list', { params });
    expect(items.map(({ slug }) => slug)).toContain('store');
    await until('the app answers', async () => (await store()).body === 'hello only for the app');
  }, 60_000);

  it("deploys the app again, with today's functions and the records of the earlier version", async () => {
    const params = { teamId: await team() };
    const { items } = await client('projects.list', { params });
    const projectId = items.find(({ slug }) => slug === 'store')?.id ?? '';
    const [services, environments] = await Promise.all([
      client('services.list', { params: { ...params, projectId } }),
      client('environments.list', { params: { ...params, projectId } }),
    ]);
    const target = {
      ...params,
      projectId,
      serviceId: services.items[0]?.id ?? '',
      environmentId: environments.items[0]?.id ?? '',
    };
    const ended = await developer(client).deploy(target, answering('today'));
    expect(ended).toMatchObject({ status: 'live', reason: null });
    await until('the new release answers', async () => (await store()).body === 'today');
  }, 60_000);
});

/** The earlier version's app at its address. */
const store = () => visit(`http://web-production-store.localhost:${new URL(platform.endpoints.api).port}`);

const assembly = () => synthesize(root, () => undefined);

describe('an installation, by gantry-ops', () => {
  it('is in order, and says so: stacks, alarms, dead letters, load balancer and node', async () => {
    const { code, output } = await ops('status', '--reconcile');
    expect({ code, output }).toEqual({ code: 0, output });
    expect(output).toMatch(/Stacks: in order[\s\S]*data +CREATE_COMPLETE/);
    // The firewall is in CloudFront's region, wherever the other stacks are.
    expect(output).toMatch(/firewall +CREATE_COMPLETE/);
    const [firewall] = await described('us-east-1', 'gantry-local-firewall');
    expect(firewall?.StackId).toMatch(/^arn:aws:cloudformation:us-east-1:/);
    expect(output).toMatch(/Alarms: in order[\s\S]*Dead letters: in order[\s\S]*Reconciliation: in order/);
    expect(output).toMatch(/Gateway apps: Programmed[\s\S]*Node \S+: Ready/);
  }, 60_000);

  it("is preceded by a check: the account's zones and bootstrap, and facts that cannot be read", async () => {
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
    expect(output).toMatch(/\? Lambda: functions that run at once: could not read it: The local cloud has no quotas\./);
  }, 60_000);

  it('whose table refuses requests raises an alarm at once, which names its runbook', async () => {
    await plan({ platform }, { busyTable: 12 });
    await Promise.all(Array.from({ length: 12 }, () => client('session.get', {}).catch(() => undefined)));
    const { output } = await ops('status');
    await plan({ platform }, {});
    expect(output).toMatch(
      /TableThrottled\S*: The table refuses reads or writes\. Runbook: docs\/runbooks\/table-throttled\.md/,
    );
  }, 60_000);

  it('is deployed again without a change, and prints its address and the next steps', async () => {
    const { code, output } = await ops('deploy', '--skip-preflight', '--assembly', await assembly());
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(output).toContain(`The dashboard and the API are at ${platform.endpoints.api}.`);
    expect(output).toMatch(/"firewallArn": "arn:aws:wafv2:us-east-1:\S+"/);
  }, 60_000);

  it('with dead letters raises an alarm that names its runbook', async () => {
    const { aws, region, credentials } = platform.endpoints;
    const sqs = new SQSClient({ endpoint: aws, region, credentials });
    const { QueueUrl } = await sqs.send(
      new GetQueueUrlCommand({ QueueName: 'gantry-local-realtime-push-dead-letters' }),
    );
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'no event' }));
    await ops('status', '--reconcile');
    const { code, output } = await ops('status');
    expect({ code, output }).toMatchObject({ code: 1 });
    expect(output).toMatch(/Alarms: not in order[\s\S]*DeadLetters[\s\S]*docs\/runbooks\/dead-letters\.md/);
    expect(output).toMatch(/Dead letters: not in order\n {2}1 of realtime-push/);
    sqs.destroy();
  }, 60_000);

  it('deploys a test app, requests its public address, and removes the app', async () => {
    const teamId = await team();
    const params = { teamId };
    const { secret } = await client('tokens.create', {
      params,
      body: { name: 'smoke', scope: 'all', expiresInDays: 1 },
    });
    const { code, output } = await ops('smoke', '--token', secret);
    expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining('The test app was deployed') });
    expect(output).toMatch(/✓ build[\s\S]*✓ shift/);
  }, 90_000);

  it('cannot be upgraded to a version that would replace the table or lose the key', async () => {
    const newer = join(folder, 'newer');
    cpSync(await assembly(), newer, { recursive: true });
    const change = (
      topic: string,
      edit: (resources: Record<string, { Type: string; Properties: Record<string, unknown> }>) => void,
    ) => {
      const file = join(newer, `gantry-local-${topic}.template.json`);
      const template = JSON.parse(readFileSync(file, 'utf8'));
      edit(template.Resources);
      const text = JSON.stringify(template);
      writeFileSync(file, text);
      // The CDK publishes a template once, under the digest that it had when it was synthesized.
      const assets = `gantry-local-${topic}.assets.json`;
      const { files } = JSON.parse(readFileSync(join(newer, assets), 'utf8'));
      const before = Object.keys(files).find((id) => files[id].source.path === basename(file)) ?? '';
      const now = createHash('sha256').update(text).digest('hex');
      for (const each of [assets, 'manifest.json'])
        writeFileSync(join(newer, each), readFileSync(join(newer, each), 'utf8').replaceAll(before, now));
    };
    change('upkeep', (resources) => {
      resources['Added'] = { Type: 'AWS::SNS::Topic', Properties: {} };
    });
    expect(await ops('upgrade', '--assembly', newer)).toMatchObject({
      code: 0,
      output: expect.stringMatching(/^add +gantry-local-upkeep\/Added[\s\S]*1 resource changes; no data is at risk/),
    });
    // The CDK's own command deploys: one stack changes, and all others stay unchanged.
    const applied = await ops('upgrade', '--assembly', newer, '--apply');
    expect(applied).toMatchObject({ code: 0, output: expect.stringContaining('The upgrade is done.') });
    expect(applied.output.match(/gantry-local-\w+ \(no changes\)/g)).toHaveLength(readTemplates(newer).size - 1);
    expect(await ops('upgrade', '--assembly', newer)).toMatchObject({
      output: expect.stringMatching(/^Nothing to do/),
    });
    expect((await ops('status')).output).toMatch(/upkeep +UPDATE_COMPLETE/);
    change('data', (resources) => {
      const table = Object.values(resources).find(({ Type }) => Type === 'AWS::DynamoDB::Table');
      if (table) table.Properties['KeySchema'] = [{ AttributeName: 'id', KeyType: 'HASH' }];
    });
    change('variables', (resources) => {
      for (const [id, { Type }] of Object.entries(resources)) if (Type === 'AWS::KMS::Key') delete resources[id];
    });
    const refused = await ops('upgrade', '--assembly', newer);
    expect(refused.code).toBe(1);
    expect(refused.output).toMatch(/Refused: gantry-local-data\/\w+: KeySchema cannot change/);
    expect(refused.output).toMatch(/Refused: gantry-local-variables\/\w+: it would be removed with its data/);
  }, 60_000);

  it('is restored from an export after a reset, including people and variables', async () => {
    const teamId = await team();
    const project = await client('projects.create', { params: { teamId }, body: { slug: 'kept', name: 'Kept' } });
    const params = { teamId, projectId: project.id };
    await client('variables.stage', { params, query: {}, body: { set: { GREETING: { value: 'hello' } } } });
    await client('variables.apply', { params, query: {} });
    const ada = await (await signIn('ada@example.com'))('session.get', {});
    const exported = join(folder, 'export');
    expect(await ops('export', exported)).toMatchObject({
      code: 0,
      output: expect.stringMatching(/^\d+ records are in/),
    });
    expect(await ops('import', exported)).toMatchObject({ code: 1, output: expect.stringContaining('is not empty') });
    await platform.stop();
    // The key stays, as on AWS; everything else is new.
    for (const name of readdirSync(dataDir))
      if (name !== 'keys' && !name.startsWith('lock')) rmSync(join(dataDir, name), { recursive: true, force: true });
    platform = await startPlatform({ dataDir });
    const imported = await ops('import', exported);
    expect(imported).toMatchObject({
      code: 0,
      output: expect.stringContaining('The apps that should run are applied'),
    });
    expect(imported.output).toContain('1 person has a new account');
    client = await platform.client();
    const { items } = await client('projects.list', { params: { teamId } });
    expect(items.map(({ id }) => id)).toContain(project.id);
    expect(await client('variables.get', { params, query: {} })).toMatchObject({
      variables: [{ name: 'GREETING', value: 'hello' }],
    });
    await saysDamage(params);
    // Ada has a new account and a new password, but is the same person.
    const again = await signIn('ada@example.com');
    const { user, teams } = await again('session.get', {});
    expect({ id: user.id, teams: teams.map(({ team: { id }, role }) => ({ id, role })) }).toEqual({
      id: ada.user.id,
      teams: [{ id: teamId, role: 'developer' }],
    });
  }, 180_000);

  it('is completely removed, but only after a confirmation', async () => {
    const server = await database();
    const asked = await ops('destroy');
    expect(asked.output).toContain(`servers ${server}; `);
    expect(asked.output).toMatch(/passwords gantry-local\/databases\/dbs_\w+; security groups sg-\w+\./);
    expect(asked).toMatchObject({ code: 1, output: expect.stringContaining('Nothing was removed') });
    expect(asked.output).toMatch(/These hold data and will be removed: .*AWS::DynamoDB::Table/);
    const gone = await ops('destroy', '--yes', 'local');
    expect(gone).toMatchObject({ code: 0, output: expect.stringContaining('Stage local is gone.') });
    // The server was protected from deletion, and no stack knew it.
    expect(gone.output).toContain(`removed database server ${server}`);
    // A distribution uses the firewall, so the distribution is deleted first.
    const [edge, firewall] = ['edge', 'firewall'].map((topic) =>
      gone.output.indexOf(`removed stack gantry-local-${topic}`),
    );
    expect(edge).toBeLessThan(firewall ?? 0);
    expect(await ops('destroy')).toMatchObject({ code: 0, output: 'Stage local has no resources.\n' });
    await platform.stop();
    expect(heldIn(join(dataDir, 'state.db'))).toEqual([]);
    // The secret's name is free, and the next installation knows nobody from the previous one.
    platform = await startPlatform({ dataDir });
    client = await platform.client();
    const { teams } = await client('session.get', {});
    expect((await client('projects.list', { params: { teamId: teams[0]?.team.id ?? '' } })).items).toEqual([]);
    await expect(signIn('ada@example.com')).rejects.toThrow();
  }, 240_000);
});

/** Damages the sealed key of each variable set: the error then says what to do. */
async function saysDamage(params: { readonly teamId: string; readonly projectId: string }): Promise<void> {
  const { aws, region, credentials } = platform.endpoints;
  const dynamoDb = new DynamoDBClient({ endpoint: aws, region, credentials });
  const TableName = await tableName();
  const { Items = [] } = await dynamoDb.send(new ScanCommand({ TableName }));
  const sets = Items.filter(({ values, projectId }) => values?.S !== undefined && projectId?.S === params.projectId);
  for (const set of sets)
    await dynamoDb.send(
      new PutItemCommand({ TableName, Item: { ...set, values: { S: `AAAA${set['values']?.S?.slice(4)}` } } }),
    );
  await expect(client('variables.get', { params, query: {} })).rejects.toMatchObject({
    kind: 'Conflict',
    message: expect.stringContaining('Stored values cannot be opened: they are damaged, or encrypted under a key'),
  });
  for (const set of sets) await dynamoDb.send(new PutItemCommand({ TableName, Item: set }));
  dynamoDb.destroy();
}

async function tableName(): Promise<string> {
  const stacks = await described('xx-local-1', 'gantry-local-data');
  return stacks[0]?.Outputs?.find(({ OutputKey }) => OutputKey === 'TableName')?.OutputValue ?? '';
}

async function described(region: string, StackName: string) {
  const { aws: endpoint, credentials } = platform.endpoints;
  const cloudFormation = new CloudFormationClient({ endpoint, region, credentials });
  const { Stacks = [] } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
  cloudFormation.destroy();
  return Stacks;
}

/** Makes a database for an app, and returns the name of its server. */
async function database(): Promise<string> {
  const params = { teamId: await team() };
  const { id: projectId } = await client('projects.create', { params, body: { slug: 'books' } });
  const { items } = await client('environments.list', { params: { ...params, projectId } });
  const place = { ...params, projectId, environmentId: items[0]?.id ?? '' };
  const body = { slug: 'main', engine: 'postgres' as const };
  const { id } = await client('databases.create', { params: place, body });
  await until('the database is ready', async () => {
    const { status } = await client('databases.get', { params: { ...place, databaseId: id } });
    return status === 'ready';
  });
  return `gantry-local-${toKubernetesName(id)}`;
}

const PASSWORD = 'Correct-horse-7-battery';

/** Signs a person in with the password that AWS would mail, then with a new one. */
async function signIn(email: string): Promise<Client> {
  const mailed = JSON.parse(readFileSync(join(dataDir, 'owner.json'), 'utf8'));
  const { accessToken } = await signInAs(platform.endpoints.api, email, mailed[email] ?? PASSWORD, PASSWORD);
  return createClient({ baseUrl: platform.endpoints.api, token: () => accessToken });
}

/**
 * The records of a stage that a service of the local cloud still holds, by collection. The service's own keys and
 * counters do not count.
 */
function heldIn(file: string): string[] {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    // The CDK's own bucket does not belong to the stage.
    const kept = "key NOT LIKE 'cdk-%'";
    const rows = db.prepare(`SELECT collection, count(*) AS held FROM entry WHERE ${kept} GROUP BY collection`).all();
    return rows.map(({ collection, held }) => `${collection}: ${held}`).filter((row) => !OWN.test(row));
  } finally {
    db.close();
  }
}

const OWN = /^(cluster\.version|cognito\.keys|rds\.identity):/;
