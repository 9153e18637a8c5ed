import { join } from 'node:path';
import type { Client } from '@gantry/client/client.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import { archiveOf } from './archive.ts';
import { follow, type Target, upload } from './deploy.ts';
import { signedInClient } from './session.ts';

const FOLDER = join(import.meta.dirname, '../../examples/hello-node');

export interface Owner {
  readonly api: string;
  readonly email: string;
  readonly password: string;
}

/**
 * Deploys the bundled example app through the API, as its first user would, and returns its URL. If an earlier start has deployed it, this only looks
 * up the URL.
 */
export async function deployExample({ api, email, password }: Owner, print: (line: string) => void): Promise<string> {
  const client = await signedInClient(api, email, password);
  const target = await exampleService(client);
  const { items } = await client('deployments.list', { params: target, query: { limit: '5' } });
  const live = items.find((deployment) => deployment.status === 'live');
  if (live?.url) return live.url;
  const { id } = await upload(client, target, await archiveOf(FOLDER));
  const shown = new Set<string>();
  const end = await follow(client, target, id, (deployment) => showSteps(deployment, shown, print));
  if (end.url === null || end.status !== 'live') throw failureOf(end);
  return end.url;
}

async function exampleService(client: Client): Promise<Target> {
  const { teams } = await client('session.get', {});
  const teamId = teams[0]?.team.id;
  if (teamId === undefined) throw new GantryError('Forbidden', 'The first owner has no team.');
  const project =
    (await client('projects.list', { params: { teamId } })).items.find(({ slug }) => slug === 'example') ??
    (await client('projects.create', { params: { teamId }, body: { slug: 'example', name: 'Example' } }));
  const params = { teamId, projectId: project.id };
  const service =
    (await client('services.list', { params })).items.find(({ slug }) => slug === 'hello') ??
    (await client('services.create', { params, body: { slug: 'hello', health: { path: '/healthz' } } }));
  const environment = (await client('environments.list', { params })).items.find(({ slug }) => slug === 'production');
  if (environment === undefined) throw new GantryError('NotFound', 'Project example has no environment production.');
  return { ...params, serviceId: service.id, environmentId: environment.id };
}

/** A line for each ended step, with its duration. */
function showSteps(deployment: Deployment, shown: Set<string>, print: (line: string) => void): void {
  for (const { name, status, startedAt, endedAt } of deployment.steps) {
    if (endedAt === null || shown.has(name)) continue;
    shown.add(name);
    const seconds = ((Date.parse(endedAt) - Date.parse(startedAt)) / 1000).toFixed(1);
    print(`  ${status === 'succeeded' ? '✓' : '✗'} ${name.padEnd(8)} ${seconds.padStart(5)} s`);
  }
}

function failureOf({ id, reason }: Deployment): GantryError {
  const lines = reason?.lines.map((line) => `\n    ${line}`).join('') ?? '';
  return new GantryError(
    reason?.kind ?? 'Internal',
    `${reason?.detail ?? `Deployment ${id} did not become live.`}${lines}`,
  );
}
