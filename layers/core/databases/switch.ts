import { GantryError } from '@gantry/contract/errors.ts';
import type { Replacement } from '@gantry/contract/schemas/deployments.ts';
import { item } from '../kernel/entity.ts';
import { lookUp, optional } from '../kernel/lookup.ts';
import type { Change } from '../kernel/outbox/outbox.ts';
import type { Write } from '../kernel/write.ts';
import { moveSlug } from '../projects/slugs.ts';
import { DatabaseEntity, type DatabaseRecord, databaseAt, type EnvironmentPath } from '../records/databases.ts';
import { requireIdle, requireReady } from './guards.ts';
import { viewDatabase } from './view.ts';

type Pair = readonly [before: DatabaseRecord, after: DatabaseRecord];

/**
 * Throws Conflict unless each replacement is ready and was restored from the database that it replaces, and neither of
 * the two is being changed.
 */
export async function requireReplaceable(path: EnvironmentPath, replacements: readonly Replacement[]): Promise<void> {
  for (const [before, after] of await pairsOf(path, replacements)) {
    if (before === undefined || after === undefined)
      throw new GantryError('Conflict', 'A database to exchange no longer exists. Restore it again.');
    if (after.origin?.databaseId !== before.id)
      throw new GantryError('Conflict', `Database ${after.slug} was not restored from ${before.slug}.`);
    for (const database of [before, after]) {
      requireReady(database);
      requireIdle(database);
    }
  }
}

/**
 * The writes and the changes with which databases exchange their names with the databases that were restored from them.
 * From the next deployment on, a variable that refers to the name means the other database. A pair keeps its names if
 * one of the two is gone. Commit the writes once: a second exchange would undo the first.
 */
export async function switching(path: EnvironmentPath, replacements: readonly Replacement[], actor: string) {
  const pairs = (await pairsOf(path, replacements)).filter(
    (pair): pair is Pair => pair[0] !== undefined && pair[1] !== undefined,
  );
  const each = pairs.map(([before, after]) => exchange(before, after, actor));
  return { writes: each.flatMap(({ writes }) => writes), changes: each.flatMap(({ changes }) => changes) };
}

async function pairsOf({ teamId, projectId, environmentId }: EnvironmentPath, replacements: readonly Replacement[]) {
  const at = (databaseId: string) => optional(databaseAt({ teamId, projectId, environmentId, databaseId }));
  return Promise.all(replacements.map(({ databaseId, replacement }) => lookUp(at(databaseId), at(replacement))));
}

function exchange(before: DatabaseRecord, after: DatabaseRecord, actor: string) {
  const { teamId, projectId, environmentId } = before;
  const scope = `database#${projectId}#${environmentId}` as const;
  const named = ({ slug, name }: DatabaseRecord, record: DatabaseRecord) => {
    return { ...record, slug, name, version: record.version + 1 };
  };
  const [first, second] = [named(before, after), named(after, before)];
  const change = (name: 'database.switched' | 'database.changed', record: DatabaseRecord): Change<typeof name> => {
    return { name, teamId, actor, aggregate: record, data: viewDatabase(record) };
  };
  const writes: Write[] = [
    moveSlug(teamId, scope, before.slug, before.id, after.id),
    moveSlug(teamId, scope, after.slug, after.id, before.id),
    rename(first),
    rename(second),
  ];
  return { writes, changes: [change('database.switched', first), change('database.changed', second)] };
}

function rename({ teamId, projectId, environmentId, id, slug, name, version }: DatabaseRecord): Write {
  return {
    item: item.update(
      DatabaseEntity.patch({ teamId, projectId, environmentId, id })
        .set({ slug, name, version })
        .where((attributes, { eq }) => eq(attributes.version, version - 1)),
    ),
  };
}
