import { DeleteDBClusterSnapshotCommand } from '@aws-sdk/client-rds';
import { GantryError } from '@gantry/contract/errors.ts';
import type { DatabaseRestore } from '@gantry/contract/schemas/backups.ts';
import type { Database } from '@gantry/contract/schemas/databases.ts';
import { until } from '../journeys/developer.ts';
import { newService } from '../journeys/platform.ts';
import type { Bed } from './bed.ts';
import { type DatabaseEnd, databaseProblems, nameOf, type Stored, sqlIn } from './database-problems.ts';
import { type Ground, named, type Scenario, type StepFault } from './ground.ts';
import { openOperator } from './state.ts';
import { stepsOf } from './steps.ts';

type DatabaseScenario = Scenario<Stored, DatabaseEnd>;

/** The database that a scenario makes. */
const MADE = 'made';

const makes: Pick<DatabaseScenario, 'before' | 'rest'> = {
  before: async () => '',
  async rest({ client }, { target: params }) {
    const { items } = await client('databases.list', { params });
    const status = items.find(({ slug }) => slug === MADE)?.status;
    return status === 'ready' || status === 'failed' ? { status } : undefined;
  },
};

const restores = (from: (place: Stored) => DatabaseRestore['from']): Pick<DatabaseScenario, 'ask'> => ({
  ask: ({ client }, place, _, idempotencyKey) =>
    client('databases.restore', {
      ...{ params: place.target, idempotencyKey },
      body: { slug: MADE, from: from(place) },
    }),
});

/** Of the change of a database. Its clients ask again while the first request is carried out. */
const changes = (isDone: (database: Database) => boolean): Pick<DatabaseScenario, 'before' | 'rest'> => ({
  before: async () => '',
  async rest({ client }, { target, databaseId }) {
    const database = await client('databases.get', { params: { ...target, databaseId } });
    if (database.step !== null) return undefined;
    if (database.reason !== null) return { status: 'failed' };
    return isDone(database) ? { status: 'changed' } : undefined;
  },
});

const ofBackup = ({ backupId }: Stored) => ({ kind: 'backup', backupId }) as const;

const scenarios: readonly DatabaseScenario[] = [
  {
    ...makes,
    name: 'create a database',
    ask: ({ client }, { target: params }, _, idempotencyKey) =>
      client('databases.create', { params, body: { slug: MADE, engine: 'postgres' }, idempotencyKey }),
  },
  { ...makes, ...restores(ofBackup), name: 'restore a backup' },
  {
    ...makes,
    ...restores(ofBackup),
    name: 'restore a lost backup',
    kills: ['databases-CleanUp'],
    async before({ platform }, { backupId }) {
      const { rds, close } = openOperator(platform);
      const DBClusterSnapshotIdentifier = nameOf(backupId);
      await rds.send(new DeleteDBClusterSnapshotCommand({ DBClusterSnapshotIdentifier }));
      close();
      return '';
    },
    async rest(bed, place) {
      const end = await makes.rest(bed, place);
      return end && { ...end, lost: nameOf(place.backupId) };
    },
  },
  {
    ...makes,
    ...restores(({ databaseId, storedAt: at }) => ({ kind: 'moment', databaseId, at })),
    name: 'restore a moment',
    kills: ['databases-Restore'],
  },
  {
    ...makes,
    ...restores(({ databaseId }) => ({ kind: 'clone', databaseId })),
    name: 'clone a database',
    kills: ['databases-Restore', 'databases-Adopt'],
  },
  {
    ...changes(({ size }) => size === 'small'),
    name: 'scale a database',
    ask: ({ client }, { target, databaseId }) =>
      client('databases.update', { params: { ...target, databaseId }, body: { size: 'small' } }).catch(unlessBusy),
  },
  {
    ...changes(({ endpoint }) => endpoint?.user === 'app_b'),
    name: 'rotate a password',
    ask: ({ client }, { target, databaseId }, _, idempotencyKey) =>
      client('databases.rotate', { params: { ...target, databaseId }, idempotencyKey }).catch(unlessBusy),
  },
  {
    name: 'drill a database',
    kills: ['databases-Inspect'],
    before: async () => '',
    ask: ({ client }, { target, databaseId }, _, idempotencyKey) =>
      client('databases.drill', { params: { ...target, databaseId }, idempotencyKey }),
    async rest({ client }, { target: params, databaseId }) {
      const { items } = await client('databases.list', { params });
      const drill = items.find(({ id }) => id === databaseId)?.drill ?? null;
      if (items.some(({ drillOf }) => drillOf !== null) || drill === null) return undefined;
      return { status: drill.reason === null ? 'drilled' : 'failed' };
    },
  },
  {
    name: 'back up a database',
    before: async () => '',
    ask: ({ client }, { target, databaseId }, _, idempotencyKey) =>
      client('backups.create', { params: { ...target, databaseId }, idempotencyKey }),
    async rest({ client }, { target: params, backupId }) {
      const { items } = await client('backups.list', { params });
      const status = items.find(({ id }) => id !== backupId)?.status;
      return status === 'ready' || status === 'failed' ? { status } : undefined;
    },
  },
  {
    name: 'delete a backup',
    before: async () => '',
    ask: ({ client }, { target, backupId }) =>
      client('backups.delete', { params: { ...target, backupId } }).catch(unlessGone),
    async rest({ client }, { target: params, backupId }) {
      const { items } = await client('backups.list', { params });
      return items.some(({ id }) => id === backupId) ? undefined : { status: 'deleted' };
    },
  },
  {
    name: 'delete a database',
    before: async () => '',
    ask: ({ client }, { target, databaseId }) =>
      client('databases.delete', { params: { ...target, databaseId }, query: { confirm: 'kept' } }).catch(unlessGone),
    async rest({ client }, { target, databaseId }) {
      const found = await client('databases.get', { params: { ...target, databaseId } }).catch(unlessGone);
      return found === undefined ? { status: 'deleted' } : undefined;
    },
  },
];

/** The scenario that reaches a step, and the status that it then ends with. Other steps are reached by a creation. */
const REACHED_BY: Readonly<Record<string, readonly [scenario: string, status: string]>> = {
  Restore: ['restore a backup', 'ready'],
  Adopt: ['clone a database', 'ready'],
  Change: ['scale a database', 'changed'],
  Rotate: ['rotate a password', 'changed'],
  Inspect: ['drill a database', 'drilled'],
  BackUp: ['back up a database', 'ready'],
  EraseBackup: ['delete a backup', 'deleted'],
  Remove: ['delete a database', 'deleted'],
  Forget: ['delete a database', 'deleted'],
  CleanUp: ['restore a lost backup', 'failed'],
};

/** Every fault of every step, except a deletion and a clean-up that keep failing, which an operator must check. */
function stepFaults(): StepFault<Stored, DatabaseEnd>[] {
  return stepsOf('database').flatMap((step) => {
    const [name, status] = REACHED_BY[step] ?? ['create a database', 'ready'];
    const scenario = named(scenarios, name);
    const passing = (['fails once', 'loses its answer once', 'runs twice'] as const).map((fault) => ({
      ...{ step, fault, scenario, status },
    }));
    // Steps repeat a passing failure for half an hour: RDS needs long. A refusal ends them at once.
    const lasting = { step, fault: 'is refused' as const, scenario, status: 'failed' };
    return status === 'deleted' || status === 'failed' ? passing : [...passing, lasting];
  });
}

/** Steps that only read. */
const READING: readonly string[] = ['Begin'];

/** Databases: one is made, changed, restored or removed next to a database with one row and one backup. */
export const databases: Ground<Stored, DatabaseEnd> = {
  name: 'databases',
  scenarios,
  stepFaults: stepFaults(),
  functions: 'databases',
  writers: stepsOf('database')
    .filter((step) => !READING.includes(step))
    .map((step) => `-databases-${step}`),
  lay: store,
  problems: databaseProblems,
};

/** Several databases are made at a time. */
const READY_MS = 120_000;

/** A database `kept` with one row, and its backup. */
async function store(bed: Bed, slug: string): Promise<Stored> {
  const { client } = bed;
  const { serviceId: _, ...target } = await newService(client, slug);
  const body = { slug: 'kept', engine: 'postgres' } as const;
  const { id: databaseId } = await client('databases.create', { params: target, body });
  const database = { ...target, databaseId };
  const made = await until(
    'the database',
    async () => {
      const { items } = await client('databases.list', { params: target });
      return items.find(({ status }) => status === 'ready');
    },
    READY_MS,
  );
  const operator = openOperator(bed.platform);
  await sqlIn(operator, made, "CREATE TABLE kept (text text); INSERT INTO kept VALUES ('row')");
  operator.close();
  const storedAt = new Date().toISOString();
  const { id: backupId } = await client('backups.create', { params: database });
  const backup = { ...target, backupId };
  const isReady = async () => (await client('backups.get', { params: backup })).status === 'ready';
  await until('the backup is ready', isReady, READY_MS);
  return { target, databaseId, backupId, storedAt };
}

function unlessGone(error: unknown): undefined {
  if (error instanceof GantryError && error.kind === 'NotFound') return undefined;
  throw error;
}

function unlessBusy(error: unknown): undefined {
  if (error instanceof GantryError && error.kind === 'Conflict') return undefined;
  throw error;
}
