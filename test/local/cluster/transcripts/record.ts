import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { apiVersionOf } from '@gantry/local/cluster/kinds/kind.ts';
import { KINDS } from '@gantry/local/cluster/kinds/table.ts';
import { TOPICS } from './cases/all.ts';
import { type Connection, connectionOf } from './connection.ts';
import { installGatewayApi } from './gateway-api.ts';
import { play } from './play.ts';
import type { Step, Transcript } from './transcript.ts';
import { typesOf } from './types.ts';

/*
 * Records the answers of a real cluster: `npm run transcripts -- --kubeconfig <file> [--topic <name>]`. Works as a cluster administrator, in its own
 * namespaces, which it deletes. Installs the Gateway API if it is missing.
 * Writes data/<topic>.json, and without a topic also the fields of the built-in types (local/cluster/registry/types.json).
 */
const PATIENCE_MS = 60_000;

const { values } = parseArgs({ options: { kubeconfig: { type: 'string' }, topic: { type: 'string' } } });
if (values.kubeconfig === undefined) {
  process.stderr.write('usage: npm run transcripts -- --kubeconfig <file> [--topic <name>]\n');
  process.exit(2);
}
const connection = await connectionOf(values.kubeconfig);
await installGatewayApi(connection);
const server = await versionOf(connection);
if (values.topic === undefined) await recordTypes();
for (const { topic, steps } of TOPICS.filter((each) => values.topic === undefined || each.topic === values.topic)) {
  const answers = await recorded(topic, steps);
  const transcript: Transcript = {
    topic,
    server,
    exchanges: steps.map((request, at) => ({ request, answer: answers[at] ?? { status: 0, body: null } })),
  };
  const folder = join(import.meta.dirname, 'data');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${topic}.json`), `${JSON.stringify(transcript, undefined, 1)}\n`);
  process.stdout.write(`${topic}: ${steps.length} answers of ${server}\n`);
}

/** The fields of the built-in kinds that the embedded API server serves. */
async function recordTypes(): Promise<void> {
  const kinds = KINDS.filter(({ group, strategic }) => strategic && !group.endsWith('amazonaws.com'));
  const paths = [...new Set(kinds.map((kind) => `${kind.group === '' ? 'api' : 'apis'}/${apiVersionOf(kind)}`))];
  const roots = kinds.map(({ group, version, kind }) => `${group.split('.')[0] || 'core'}.${version}.${kind}`);
  const types = await typesOf(connection, paths, roots);
  const lines = Object.entries(types).map(([name, type]) => ` ${JSON.stringify(name)}: ${JSON.stringify(type)}`);
  const file = join(import.meta.dirname, '../../../../local/cluster/registry/types.json');
  writeFileSync(file, `{\n${lines.join(',\n')}\n}\n`);
  process.stdout.write(`types: ${lines.length} of ${server}\n`);
}

async function versionOf(connect: Connection): Promise<string> {
  const { text } = await connect({ method: 'GET', path: '/version', headers: {}, body: undefined });
  return String((JSON.parse(text) as { gitVersion: unknown }).gitVersion);
}

async function recorded(topic: string, steps: readonly Step[]) {
  const namespace = `transcript-${topic}-${Date.now().toString(36)}`;
  const send = (method: string, path: string, body?: unknown) =>
    connection({
      method,
      path,
      headers: { 'content-type': 'application/json', 'user-agent': 'recorder' },
      body: JSON.stringify(body),
    });
  await send('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  const ready = {
    name: 'ready',
    method: 'GET',
    path: '/api/v1/namespaces/{{ns}}/serviceaccounts/default',
    until: { status: 200 },
  };
  const options = { namespace, patienceMs: PATIENCE_MS, tolerant: false };
  try {
    await play(connection, [ready], options);
    return await play(connection, steps, options);
  } finally {
    await send('DELETE', `/api/v1/namespaces/${namespace}`);
  }
}
