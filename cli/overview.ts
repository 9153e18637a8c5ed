import type { Client } from '@gantry/client/client.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { idSchema } from '@gantry/contract/ids.ts';
import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import { allPages } from './pages.ts';
import type { pathOf } from './target.ts';

export type Path = ReturnType<typeof pathOf>;

/** A service's state in an environment. */
export interface Overview {
  /** The live deployment. */
  readonly live: Deployment | undefined;
  /** The newest deployment, of any status. */
  readonly newest: Deployment | undefined;
  /** The newest deployment, if it is in flight. */
  readonly inFlight: Deployment | undefined;
}

/** The number of pages of a hundred deployments that are searched for the live one: after more failures the search ends. */
const MAX_PAGES = 10;

export async function overviewOf(client: Client, path: Path): Promise<Overview> {
  let newest: Deployment | undefined;
  let cursor: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const query = { limit: page === 0 ? '10' : '100', ...(cursor !== undefined && { cursor }) };
    const { items, next } = await client('deployments.list', { params: path, query });
    newest ??= items[0];
    const live = items.find(({ status }) => status === 'live');
    if (live !== undefined || next === null) return overview(live, newest);
    cursor = next;
  }
  return overview(undefined, newest);
}

function overview(live: Overview['live'], newest: Overview['newest']): Overview {
  return { live, newest, inFlight: newest !== undefined && isInFlight(newest) ? newest : undefined };
}

/** The deployment with the given id or end of an id, or the newest one, without skipped pushes. Throws NotFound without one. */
export async function deploymentOf(client: Client, path: Path, id: string | undefined): Promise<Deployment> {
  if (id !== undefined && idSchema('deployment').safeParse(id).success)
    return client('deployments.get', { params: { ...path, deploymentId: id } });
  if (id !== undefined) return deploymentEnding(client, path, id);
  const { items } = await client('deployments.list', { params: path, query: { limit: '100' } });
  const newest = items.find(({ status }) => status !== 'skipped');
  if (newest === undefined)
    throw new GantryError('NotFound', 'There is no deployment here yet. Deploy with `gantry up`.');
  return newest;
}

async function deploymentEnding(client: Client, path: Path, end: string): Promise<Deployment> {
  const wanted = end.toUpperCase();
  const all = /^[0-9A-Z]{4,26}$/.test(wanted)
    ? await allPages((query) => client('deployments.list', { params: path, query }))
    : [];
  const [found, other] = all.filter(({ id }) => id.endsWith(wanted));
  if (found === undefined)
    throw new GantryError('NotFound', `There is no deployment ${end} here. See \`gantry deployments\`.`);
  if (other !== undefined)
    throw new GantryError('Invalid', `More than one deployment ends with ${end}. Give more of its id.`);
  return found;
}

const IN_FLIGHT: ReadonlySet<string> = new Set(['queued', 'building', 'deploying']);

export function isInFlight({ status }: Deployment): boolean {
  return IN_FLIGHT.has(status);
}
