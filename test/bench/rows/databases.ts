import type { DatabaseRestore } from '@gantry/contract/schemas/backups.ts';
import { Client } from 'pg';
import { newService } from '../../journeys/platform.ts';
import { until } from '../../until.ts';
import { median, type Topic } from '../figures.ts';
import { type Bed, counted } from '../platform.ts';

const RUNS = 5;
const SESSIONS = 20;
/** Rows of 1,000 characters, which PostgreSQL stores uncompressed. */
const ROWS_OF_A_GIGABYTE = 1_000_000;
/** A gigabyte is written and copied. */
const LONG_MS = 600_000;

interface Place {
  readonly teamId: string;
  readonly projectId: string;
  readonly environmentId: string;
}

/** From the request for a database to the moment at which an app could use it, copies of a gigabyte, and what AWS would bill for besides databases. */
export const databases = (bed: Bed): Topic => ({
  name: 'databases',
  async measure() {
    const { teamId, projectId, environmentId } = await newService(bed.client, 'bench-databases');
    const params = { teamId, projectId, environmentId };
    const before = await bed.usage();
    const times: number[] = [];
    const made: string[] = [];
    for (let run = 1; run <= RUNS; run += 1) {
      const began = performance.now();
      const body = { slug: `bench-${run}`, engine: 'postgres' } as const;
      const { id } = await bed.client('databases.create', { params, body });
      await ready(bed, params, id);
      made.push(id);
      times.push((performance.now() - began) / 1000);
    }
    const units = counted(before, await bed.usage());
    const [databaseId = ''] = made;
    const connected = await connections(bed, params, databaseId);
    const copied = await copies(bed, params, databaseId);
    return [
      {
        name: 'PostgreSQL, time to ready',
        value: median(times),
        unit: 's',
        detail: `the median of ${RUNS}; on AWS some minutes`,
      },
      {
        name: 'PostgreSQL, connection of a person with a first query',
        value: connected,
        unit: 'ms',
        detail: `the median of ${SESSIONS}, with TLS`,
      },
      { name: 'PostgreSQL, clone of 1 GB', value: copied.clone, unit: 's' },
      { name: 'PostgreSQL, restore of 1 GB from a backup', value: copied.restore, unit: 's', detail: 'at most 60 s' },
      { name: 'transitions of a creation', value: (units['states.transitions'] ?? 0) / RUNS, unit: 'transitions' },
      { name: 'calls to RDS of a creation', value: (units['rds.requests'] ?? 0) / RUNS, unit: 'requests' },
    ];
  },
});

async function ready({ client }: Bed, params: Place, databaseId: string): Promise<void> {
  const isReady = async () => (await client('databases.get', { params: { ...params, databaseId } })).status === 'ready';
  await until('the database is ready', isReady, LONG_MS);
}

async function open({ client }: Bed, params: Place, databaseId: string): Promise<() => Promise<Client>> {
  const { host, port, database, user, password } = await client('databases.connect', {
    params: { ...params, databaseId },
  });
  return async () => {
    const session = new Client({ host, port, database, user, password, ssl: { rejectUnauthorized: false } });
    await session.connect();
    return session;
  };
}

/** In milliseconds. */
async function connections(bed: Bed, params: Place, databaseId: string): Promise<number> {
  const connect = await open(bed, params, databaseId);
  const times: number[] = [];
  for (let run = 0; run < SESSIONS; run += 1) {
    const began = performance.now();
    const session = await connect();
    await session.query('SELECT 1');
    times.push(performance.now() - began);
    await session.end();
  }
  return median(times);
}

/** In seconds. */
async function copies(bed: Bed, params: Place, databaseId: string) {
  const session = await (await open(bed, params, databaseId))();
  const rows = `SELECT id, repeat('x', 1000) AS text FROM generate_series(1, ${ROWS_OF_A_GIGABYTE}) AS id`;
  await session.query(`CREATE TABLE filler AS ${rows}`);
  await session.end();
  const copy = async (slug: string, from: DatabaseRestore['from']) => {
    const began = performance.now();
    const { id } = await bed.client('databases.restore', { params, body: { slug, from } });
    await ready(bed, params, id);
    return (performance.now() - began) / 1000;
  };
  const clone = await copy('bench-clone', { kind: 'clone', databaseId });
  const { id: backupId } = await bed.client('backups.create', { params: { ...params, databaseId } });
  const backup = { ...params, backupId };
  const isMade = async () => (await bed.client('backups.get', { params: backup })).status === 'ready';
  await until('the backup is ready', isMade, LONG_MS);
  return { clone, restore: await copy('bench-restored', { kind: 'backup', backupId }) };
}
