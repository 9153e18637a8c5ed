import { BatchGetCommand } from '@aws-sdk/lib-dynamodb';
import { available } from '@gantry/cloud/failures.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { type Action, allows, type Role } from '@gantry/contract/roles.ts';
import type { Caller } from './caller.ts';
import { membershipAt } from './identity/lookups.ts';
import { documents, tableName } from './table.ts';

type Item = Record<string, unknown>;

/** Where a record of a team stands, and how to read it. Each context offers these for its own records. */
export interface Lookup<T> {
  /** What to call it in an error: `project prj_…`. */
  readonly what: string;
  readonly key: Readonly<Record<string, string>>;
  parse(item: Item): T;
  /** Where true, a missing record is undefined instead of a NotFound. */
  readonly optional?: boolean;
}

type Found<L extends readonly Lookup<unknown>[]> = { [K in keyof L]: L[K] extends Lookup<infer T> ? T : never };

/** The same lookup, answering undefined where the record is missing. */
export function optional<T>(lookup: Lookup<T>): Lookup<T | undefined> {
  return { ...lookup, optional: true };
}

/**
 * Looks up and authorises in one act and one round trip: the caller's membership of the team and every record that the path
 * names. A team that the caller does not belong to, or a record that is not in it, is NotFound; what the role does not allow is
 * Forbidden. Reads are strongly consistent, so that a removed member is out at once.
 */
export async function authorise<const L extends readonly Lookup<unknown>[]>(
  caller: Caller,
  action: Action,
  teamId: string,
  ...lookups: L
): Promise<{ readonly role: Role; readonly found: Found<L> }> {
  const membership = membershipAt(teamId, caller.userId);
  const [member, ...records] = await batchGet([membership, ...lookups]);
  if (member === undefined) throw new GantryError('NotFound', `There is no team ${teamId} that you belong to.`);
  const { role } = membership.parse(member);
  const found = lookups.map((lookup, index) => read(lookup, records[index]));
  if (!allows(role, action)) {
    throw new GantryError(
      'Forbidden',
      `Your role on this team is ${role}, which does not allow ${action}. Ask an owner or admin.`,
    );
  }
  return { role, found: found as Found<L> };
}

/** Reads records for the platform itself, which no role limits: steps, consumers and schedules. */
export async function lookUp<const L extends readonly Lookup<unknown>[]>(...lookups: L): Promise<Found<L>> {
  const records = await batchGet(lookups);
  return lookups.map((lookup, index) => read(lookup, records[index])) as Found<L>;
}

function read<T>(lookup: Lookup<T>, record: Item | undefined): T | undefined {
  if (record !== undefined) return lookup.parse(record);
  if (lookup.optional) return undefined;
  throw new GantryError('NotFound', `There is no ${lookup.what} here.`);
}

/** Items in the order of the lookups. The 100 keys and 16 MB of one BatchGetItem are far above what a path names. */
async function batchGet(lookups: readonly Lookup<unknown>[]): Promise<(Item | undefined)[]> {
  const Keys = lookups.map((lookup) => ({ ...lookup.key }));
  const answer = await available('The database', () =>
    documents.send(new BatchGetCommand({ RequestItems: { [tableName]: { Keys, ConsistentRead: true } } })),
  );
  if (Object.keys(answer.UnprocessedKeys ?? {}).length > 0) {
    throw new GantryError('Unavailable', 'The database is busy. Try again.');
  }
  const byKey = new Map((answer.Responses?.[tableName] ?? []).map((record) => [`${record.pk}|${record.sk}`, record]));
  return lookups.map((lookup) => byKey.get(`${lookup.key.pk}|${lookup.key.sk}`));
}
