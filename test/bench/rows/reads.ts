import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BatchGetItemCommand, DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { membershipAt } from '@gantry/core/identity/lookups.ts';
import { UserEntity } from '@gantry/core/identity/store.ts';
import { projectAt } from '@gantry/core/projects/lookups.ts';
import { ROOT } from '@gantry/infra/constructs/bundle.ts';
import { synthesize } from '@gantry/local/synth.ts';
import { median, repeated, type Topic } from '../figures.ts';
import { type Bed, counted } from '../platform.ts';

const RUNS = 300;
const WARM_UP = 100;

/** A warm `GET` of a project against the calls to DynamoDB that it stands on, made by an SDK client without all the rest. */
export const reads = (bed: Bed): Topic => ({
  name: 'reads',
  async measure() {
    const params = await aProject(bed);
    const get = () => bed.client('projects.get', { params });
    const direct = await bareCalls(bed, params);
    const getMs = median(await repeated(RUNS, WARM_UP, get));
    const directMs = median(await repeated(RUNS, WARM_UP, direct));
    const assembly = await synthesize(ROOT, () => undefined);
    const before = await bed.access();
    for (let run = 0; run < 10; run += 1) await get();
    const calls = Object.entries(counted(before, await bed.access()))
      .filter(([statement]) => actionsOf(assembly, statement).some((action) => action.startsWith('dynamodb:')))
      .reduce((sum, [, count]) => sum + count, 0);
    const detail = `median of ${RUNS}, one after the other`;
    return [
      {
        name: 'GET project, requests to DynamoDB',
        value: calls / 10,
        unit: 'requests',
        aim: 2,
        detail: 'with sign-in and role check',
      },
      { name: 'the same two calls by an SDK client', value: directMs, unit: 'ms', detail },
      {
        name: 'GET project',
        value: getMs,
        unit: 'ms',
        ratio: { times: getMs / directMs, to: 'the two calls' },
        detail,
      },
    ];
  },
});

interface ProjectPath {
  readonly teamId: string;
  readonly projectId: string;
}

async function aProject({ client, teamId }: Bed): Promise<ProjectPath> {
  const { id } = await client('projects.create', { params: { teamId }, body: { slug: 'bench-reads' } });
  return { teamId, projectId: id };
}

/** The user by the token's subject, then the membership and the project in one call, as core makes them. */
async function bareCalls(bed: Bed, path: ProjectPath): Promise<() => Promise<void>> {
  const { endpoints, client } = bed;
  const { credentials, region } = endpoints;
  const dynamodb = new DynamoDBClient({ endpoint: endpoints.aws, region, credentials });
  const { user } = await client('session.get', {});
  const userKey = UserEntity.get({ subject: subjectOf(bed.token) }).params<{ Key: Record<string, string> }>().Key;
  const keys = [membershipAt(path.teamId, user.id).key, projectAt(path).key];
  const table = tableOf(bed);
  const first = new GetItemCommand({ TableName: table, Key: marshalled(userKey), ConsistentRead: true });
  const second = new BatchGetItemCommand({
    RequestItems: { [table]: { Keys: keys.map(marshalled), ConsistentRead: true } },
  });
  return async () => {
    const { Item } = await dynamodb.send(first);
    const { Responses } = await dynamodb.send(second);
    if (Item === undefined || Responses?.[table]?.length !== 2)
      throw new Error('the bare calls did not find the records');
  };
}

const marshalled = (key: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(key).map(([name, value]) => [name, { S: value }]));

function subjectOf(token: string): string {
  const [, claims = ''] = token.split('.');
  return JSON.parse(Buffer.from(claims, 'base64url').toString('utf8')).sub;
}

/** The table's name, among what the data stack exports. */
function tableOf({ endpoints }: Bed): string {
  const [, exported = {}] = Object.entries(endpoints.outputs).find(([stack]) => stack.endsWith('-data')) ?? [];
  const found = Object.values(exported).find((value) => /^gantry-[^:]*-Table[^:]*$/.test(String(value)));
  if (found === undefined) throw new Error('the data stack does not export its table');
  return String(found);
}

/** What a statement allows, by the id under which the local cloud counts its use. */
function actionsOf(assembly: string, statementId: string): readonly string[] {
  const [stack = '', logicalId = '', index = ''] = statementId.split('/');
  const template = JSON.parse(readFileSync(join(assembly, `${stack}.template.json`), 'utf8'));
  return [template.Resources[logicalId]?.Properties?.PolicyDocument?.Statement?.[Number(index)]?.Action ?? []].flat();
}
