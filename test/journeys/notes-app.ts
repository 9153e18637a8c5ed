import { join } from 'node:path';
import type { Client } from '@gantry/client/client.ts';
import { archiveOf } from '@gantry/local/example/archive.ts';
import { buildSync } from 'esbuild';
import { until } from '../until.ts';
import { newService } from './platform.ts';

const fixture = join(import.meta.dirname, '../fixtures/apps/node-plain');

/**
 * Stores each posted text in its database, and answers with all texts. The driver is part of the file: nothing is
 * installed.
 */
const NOTES = `
import { createServer } from 'node:http';
import { Client } from 'pg';
const connectionString = process.env.DATABASE_URL;
async function query(text, values) {
  const client = new Client({ connectionString });
  await client.connect();
  try { return (await client.query(text, values)).rows; } finally { await client.end(); }
}
if (process.argv[2] !== undefined) {
  await query(process.argv[2]);
  process.exit(0);
}
await query('CREATE TABLE IF NOT EXISTS notes (id serial PRIMARY KEY, text text NOT NULL)');
createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://app');
  try {
    if (pathname === '/user') return response.end((await query('SELECT session_user AS name'))[0].name);
    if (pathname === '/add') await query('INSERT INTO notes (text) VALUES ($1)', [searchParams.get('text')]);
    response.end(JSON.stringify((await query('SELECT text FROM notes ORDER BY id')).map(({ text }) => text)));
  } catch (error) {
    response.writeHead(500).end(String(error));
  }
}).listen(Number(process.env.PORT));
process.once('SIGTERM', () => process.exit(0));
`;

/** A release command for the app: it runs one statement in the database. */
export const statement = (sql: string) => `node server.js "${sql}"`;

/** The archive of an app that keeps notes in the database of `DATABASE_URL`. */
export function notesApp(): Promise<Buffer> {
  const { outputFiles } = buildSync({
    stdin: { contents: NOTES, resolveDir: join(import.meta.dirname, '../..'), loader: 'js' },
    ...{ bundle: true, write: false, platform: 'node', format: 'esm', external: ['pg-native', 'pg-cloudflare'] },
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  const manifest = {
    name: 'notes',
    version: '1.0.0',
    private: true,
    type: 'module',
    scripts: { start: 'node server.js' },
  };
  return archiveOf(fixture, { 'package.json': JSON.stringify(manifest), 'server.js': outputFiles[0]?.text ?? '' });
}

/** A new service with a database, whose address the service gets by a reference. */
export async function serviceWithDatabase(client: Client, name: string) {
  const target = await newService(client, name, { timeoutSeconds: 60 });
  const { teamId, projectId, serviceId, environmentId } = target;
  const params = { teamId, projectId, environmentId };
  const databases = async () => (await client('databases.list', { params })).items;
  const { id: databaseId } = await client('databases.create', {
    params,
    body: { slug: 'postgres', engine: 'postgres' },
  });
  await until(
    'the database is ready',
    async () => (await databases()).some(({ status }) => status === 'ready'),
    60_000,
  );
  const body = { set: { DATABASE_URL: { value: `\${{postgres.DATABASE_URL}}` } } };
  await client('variables.set', { params: { teamId, projectId }, query: { serviceId, environmentId }, body });
  return { target, databaseId, databases };
}
