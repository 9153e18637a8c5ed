import { restoredSlug, restoredTo } from '@gantry/client/restored.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import type { Database } from '@gantry/contract/schemas/databases.ts';
import type { Replacement, RestorePoint } from '@gantry/contract/schemas/deployments.ts';
import { awaitReady } from './databases.ts';
import type { Surroundings } from './declare.ts';
import type { Path } from './overview.ts';
import { allPages } from './pages.ts';
import type { Session } from './session.ts';

interface Wanted {
  readonly path: Path;
  readonly deploymentId: string | undefined;
  /** Another moment than the recorded one. */
  readonly at: string | undefined;
  readonly yes: string | undefined;
}

/**
 * Restores the databases of an earlier release to the moment before the next release took over. Then asks the user whether
 * the service gets the restored databases. A database that an earlier try has restored is not restored again.
 */
export async function restoreForRollback(
  context: Surroundings,
  session: Session,
  { path, deploymentId, at, yes }: Wanted,
): Promise<Replacement[]> {
  const { client } = session;
  const query = deploymentId === undefined ? {} : { deploymentId };
  const point = await client('deployments.restorePoint', { params: path, query });
  const moment = at ?? point.at;
  if (moment === null || point.databases.length === 0)
    throw new GantryError('Conflict', point.reason ?? 'There is no data to return to.');
  const { teamId, projectId, environmentId } = path;
  const params = { teamId, projectId, environmentId };
  const present = await allPages((page) => client('databases.list', { params, query: page }));
  const made: Database[] = [];
  for (const { databaseId, slug } of point.databases) {
    const known = restoredTo(present, databaseId, moment);
    const from = { kind: 'moment', databaseId, at: moment } as const;
    const body = { slug: restoredSlug(slug, moment), from };
    const { id } = known ?? (await client('databases.restore', { params, body }));
    made.push(await awaitReady(context, session, { ...params, databaseId: id }, known?.slug ?? body.slug));
  }
  const [first] = point.databases;
  await context.prompts.confirm(warning(point, made, moment), first?.slug ?? '', yes);
  return made.map(({ id }, index) => ({ databaseId: point.databases[index]?.databaseId ?? '', replacement: id }));
}

function warning({ databases }: RestorePoint, made: readonly Database[], moment: string): string {
  const each = databases.map(({ slug }, index) => `${slug} (as ${made[index]?.slug} now)`).join(', ');
  return `The service gets ${each} as it was at ${moment}. Later writes stay only in the present database, which gets the other's name.`;
}
