import { BatchGetCommand } from '@aws-sdk/lib-dynamodb';
import { available } from '@gantry/cloud/failures.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { documents, tableName } from './table.ts';

type Item = Record<string, unknown>;

/** How to find and read a record of a team. Each context offers these for its own records. */
export interface Lookup<T> {
  /** The name in errors: `such project`, or `deployment dpl_…` for a record without a name. */
  readonly what: string;
  readonly key: Readonly<Record<string, string>>;
  parse(item: Item): T;
  /** If true, a missing record is undefined instead of a NotFound. */
  readonly optional?: boolean;
}

/** The records that look-ups find, in the order of the look-ups. */
export type Found<L extends readonly Lookup<unknown>[]> = { [K in keyof L]: L[K] extends Lookup<infer T> ? T : never };

/** A lookup of one record: `get` is ElectroDB's operation, and `parse` the entity's reading of a raw item. */
export function lookupOf<T>(
  what: string,
  get: { params<P>(): P },
  parse: (response: { Item: Item }) => { data: T | null },
): Lookup<T> {
  return {
    what,
    key: get.params<{ Key: Record<string, string> }>().Key,
    parse(item) {
      const { data } = parse({ Item: item });
      if (data === null) throw new Error(`the record of ${what} is not one of its kind`);
      return data;
    },
  };
}

/** The same lookup, with undefined for a missing record. */
export function optional<T>(lookup: Lookup<T>): Lookup<T | undefined> {
  return { ...lookup, optional: true };
}

/** Reads records for the platform itself (steps, consumers and schedules), without a role. */
export async function lookUp<const L extends readonly Lookup<unknown>[]>(...lookups: L): Promise<Found<L>> {
  const records = await batchGet(lookups);
  return lookups.map((lookup, index) => read(lookup, records[index])) as Found<L>;
}

/** A record as its lookup reads it. Throws NotFound when it is missing and not optional. */
export function read<T>(lookup: Lookup<T>, record: Item | undefined): T | undefined {
  if (record !== undefined) return lookup.parse(record);
  if (lookup.optional) return undefined;
  throw new GantryError('NotFound', `There is no ${lookup.what} here.`);
}

/** Items in the order of the lookups. A path names far fewer than the 100 keys and 16 MB of one BatchGetItem. */
export async function batchGet(lookups: readonly Lookup<unknown>[]): Promise<(Item | undefined)[]> {
  if (lookups.length === 0) return [];
  // The path may name the caller: a batch takes each key once.
  const Keys = [...new Map(lookups.map(({ key }) => [`${key.pk}|${key.sk}`, { ...key }])).values()];
  const answer = await available('The database', () =>
    documents.send(new BatchGetCommand({ RequestItems: { [tableName]: { Keys, ConsistentRead: true } } })),
  );
  if (Object.keys(answer.UnprocessedKeys ?? {}).length > 0) {
    throw new GantryError('Unavailable', 'The database is busy. Try again.');
  }
  const byKey = new Map((answer.Responses?.[tableName] ?? []).map((record) => [`${record.pk}|${record.sk}`, record]));
  return lookups.map((lookup) => byKey.get(`${lookup.key.pk}|${lookup.key.sk}`));
}
