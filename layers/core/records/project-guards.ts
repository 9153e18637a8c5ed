import { GantryError } from '@gantry/contract/errors.ts';
import { idPrefixes } from '@gantry/contract/ids.ts';
import type { Lookup } from '../kernel/lookup.ts';
import { tableName } from '../kernel/table.ts';
import type { Write } from '../kernel/write.ts';

interface Named {
  readonly id: string;
  readonly slug?: string | undefined;
}

interface Deletable extends Named {
  readonly deletingSince?: string | undefined;
}

/** Throws a Conflict when one of the records is being deleted: nothing below it can be created, changed or deployed. */
export function requireActive(...records: readonly Deletable[]): void {
  const deleting = records.find(({ deletingSince }) => deletingSince !== undefined);
  if (deleting) {
    throw new GantryError('Conflict', `${nameOf(deleting)} is being deleted.`);
  }
}

/** The same check in a transaction: refused when one of the records is deleted or being deleted. */
export function whileActive(...lookups: readonly Lookup<unknown>[]): Write[] {
  return lookups.map(({ key }) => ({
    item: {
      ConditionCheck: {
        TableName: tableName,
        Key: { ...key },
        ConditionExpression: 'attribute_exists(pk) AND attribute_not_exists(deletingSince)',
      },
    },
  }));
}

/** Throws PreconditionFailed when the caller changes another version than the present one. */
export function requireVersion(record: Named & { readonly version: number }, ifMatch?: number): void {
  if (ifMatch === undefined || ifMatch === record.version) return;
  throw new GantryError(
    'PreconditionFailed',
    `${nameOf(record)} is at version ${record.version} by now, not ${ifMatch}. Read it again and repeat your change.`,
  );
}

/** Throws QuotaExceeded when there is no room for another. */
export function requireRoom(count: number, limit: number, what: string): void {
  if (count >= limit) throw quotaExceeded(limit, what);
}

export function quotaExceeded(limit: number, what: string): GantryError {
  return new GantryError(
    'QuotaExceeded',
    `There can be at most ${limit} ${what}. Delete one that is no longer needed, or ask an operator.`,
  );
}

/** The kind of a record and its name: `Service web`. */
function nameOf({ id, slug }: Named): string {
  const [kind = 'record'] = Object.entries(idPrefixes).find(([, prefix]) => id.startsWith(`${prefix}_`)) ?? [];
  const thing = `${kind.slice(0, 1).toUpperCase()}${kind.slice(1)}`;
  return slug === undefined ? `The ${kind}` : `${thing} ${slug}`;
}
