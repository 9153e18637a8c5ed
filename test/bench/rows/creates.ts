import { randomUUID } from 'node:crypto';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { newId } from '@gantry/contract/ids.ts';
import { item } from '@gantry/core/kernel/entity.ts';
import { digest, seal } from '@gantry/core/kernel/idempotency/seal.ts';
import { IdempotencyEntity } from '@gantry/core/kernel/idempotency/store.ts';
import { outboxWrites } from '@gantry/core/kernel/outbox/outbox.ts';
import { ttlAfter } from '@gantry/core/kernel/table.ts';
import { viewEnvironment, viewProject } from '@gantry/core/projects/view.ts';
import { EnvironmentEntity, ProjectCountEntity, ProjectEntity, SlugEntity } from '@gantry/core/records/projects.ts';
import { against } from '../against.ts';
import { type Database, databaseAccesses, openDatabase, type TransactItem } from '../database.ts';
import type { Topic } from '../figures.ts';
import { type Bed, counted } from '../platform.ts';

const RUNS = 200;
const WARM_UP = 20;
/** Creations of each kind in one team: its quota is 100 projects. */
const PER_TEAM = 45;

/** The creation of a project against its bare calls to DynamoDB. */
export const creates = (bed: Bed): Topic => ({
  name: 'creates',
  async measure() {
    const database = await openDatabase(bed);
    const teams = await newTeams(bed, Math.ceil((RUNS + WARM_UP + 20) / PER_TEAM));
    let called = 0;
    let written = 0;
    const teamOf = (number: number) => teams[Math.floor(number / PER_TEAM)] ?? '';
    const call = () => {
      const teamId = teamOf(called);
      called += 1;
      return bed.client('projects.create', { params: { teamId }, body: { slug: `bench-called-${called}` } });
    };
    const bare = () => {
      const teamId = teamOf(written);
      written += 1;
      return create(database, teamId, `bench-written-${written}`);
    };
    const times = await against(RUNS, WARM_UP, 'POST project', call, bare);
    await requireSameWrites(bed, call, bare);
    // The transaction puts and updates: two permissions.
    const value = (await databaseAccesses(bed, 10, call)) - 1;
    const detail = "with sign-in, role check and the Idempotency-Key's look-up; one is the transaction of ten writes";
    return [{ name: 'POST project, requests to DynamoDB', value, unit: 'requests', aim: 4, detail }, ...times];
  },
});

async function newTeams({ client }: Bed, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let number = 1; number <= count; number += 1) {
    ids.push((await client('teams.create', { body: { slug: `bench-creates-${number}` } })).id);
  }
  return ids;
}

/** Throws if the bare calls write less or more than a creation: the ratio would mean nothing. */
async function requireSameWrites(bed: Bed, call: () => Promise<unknown>, bare: () => Promise<unknown>): Promise<void> {
  const unitsOf = async (work: () => Promise<unknown>) => {
    const before = await bed.usage();
    await work();
    return counted(before, await bed.usage())['dynamodb.wru'];
  };
  const [called, written] = [await unitsOf(call), await unitsOf(bare)];
  if (called !== written) throw new Error(`a creation takes ${called} write units, its bare calls ${written}`);
}

/** The reads and the transaction of a creation: key, slugs, quota, project, first environment, two events and their audit rows. */
async function create(database: Database, teamId: string, slug: string): Promise<void> {
  const hash = digest(teamId, slug);
  await database.admit(teamId);
  const Key = IdempotencyEntity.get({ hash }).params<{ Key: Record<string, string> }>().Key;
  await database.documents.send(new GetCommand({ TableName: database.table, Key, ConsistentRead: true }));
  const created = { teamId, createdAt: new Date().toISOString(), version: 1 };
  const project = { ...created, id: newId('project'), slug, name: slug, environments: 1, services: 0 };
  const production = {
    ...created,
    projectId: project.id,
    id: newId('environment'),
    slug: 'production',
    name: 'production',
  };
  const reply = viewProject(project);
  const common = { teamId, actor: newId('user') };
  const claim = (scope: string, name: string, target: string) =>
    item.put(SlugEntity.create({ teamId, scope, slug: name, target }));
  await database.transact([
    keyWrite(hash, reply),
    claim('project', slug, project.id),
    item.update(ProjectCountEntity.update({ teamId }).add({ projects: 1 })),
    item.put(ProjectEntity.create(project)),
    claim(`environment#${project.id}`, 'production', production.id),
    item.put(EnvironmentEntity.create(production)),
    ...(await outboxWrites({ ...common, name: 'project.created', aggregate: project, data: reply })),
    ...(await outboxWrites({
      ...common,
      name: 'environment.created',
      aggregate: production,
      data: viewEnvironment(production, project),
    })),
  ]);
}

/** The record of an `Idempotency-Key` with its answer. */
function keyWrite(hash: string, reply: unknown): TransactItem {
  const answer = seal(JSON.stringify(reply), randomUUID(), hash);
  const record = {
    hash,
    fingerprint: hash,
    execution: randomUUID(),
    committedAt: Date.now(),
    ttl: ttlAfter(60),
    answer,
  };
  return item.put(IdempotencyEntity.put(record));
}
