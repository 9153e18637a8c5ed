import { GantryError } from '@gantry/contract/errors.ts';
import { fieldError } from '@gantry/contract/field-names.ts';
import { variableLimits } from '@gantry/contract/quotas.ts';
import { nameOf, referencesOf } from '@gantry/contract/references.ts';
import type { NewValue, VariableChange } from '@gantry/contract/schemas/variables.ts';
import { sizeText } from '@gantry/contract/sizes.ts';
import type { Values } from '../kernel/envelope.ts';
import type { Entry } from '../records/variables.ts';

/** Variables with their values in clear. */
export interface Contents {
  readonly entries: Readonly<Record<string, Entry>>;
  readonly values: Values;
}

/** Staged changes to a set: the variables to add and to remove. */
export interface Staged extends Contents {
  readonly unset: readonly string[];
}

export const EMPTY: Staged = { entries: {}, values: {}, unset: [] };

/** The number of others that a variable may refer to. */
export const MAX_REFERENCES = 50;

/** The author and the time of a change. */
export interface Change {
  readonly changedBy: string;
  readonly changedAt: string;
}

/** A set after its staged changes are applied. */
export function applied(base: Contents, { entries, values, unset }: Staged): Contents {
  const gone = new Set(unset);
  const kept = <T>(all: Readonly<Record<string, T>>) => Object.entries(all).filter(([name]) => !gone.has(name));
  return {
    entries: Object.fromEntries([...kept(base.entries), ...Object.entries(entries)]),
    values: Object.fromEntries([...kept(base.values), ...Object.entries(values)]),
  };
}

/**
 * The staged changes after one more: the last change of a name counts. Throws Invalid, naming the field, for a new variable without a value, a sealed
 * one shown without a new value, a malformed reference, and a value that is too large; QuotaExceeded when the set becomes too large.
 */
export function stagedWith(base: Contents, before: Staged, change: VariableChange, by: Change): Staged {
  const set = Object.entries(change.set ?? {});
  const unset = change.unset ?? [];
  const clash = unset.find((name) => Object.hasOwn(change.set ?? {}, name));
  if (clash !== undefined) throw fieldError(`body.set.${clash}`, 'is both set and unset');
  const now = applied(base, before);
  const made = set.map(([name, given]) => [name, merged(now, name, given, by)] as const);
  const named = new Set([...set.map(([name]) => name), ...unset]);
  const rest = <T>(all: Readonly<Record<string, T>>) => Object.entries(all).filter(([name]) => !named.has(name));
  const staged = {
    entries: Object.fromEntries([...rest(before.entries), ...made.map(([name, { entry }]) => [name, entry] as const)]),
    values: Object.fromEntries([...rest(before.values), ...made.map(([name, { value }]) => [name, value] as const)]),
    unset: [
      ...before.unset.filter((name) => !named.has(name)),
      ...unset.filter((name) => Object.hasOwn(base.entries, name)),
    ],
  };
  requireFits(applied(base, staged));
  return staged;
}

/** A value by its name, which may be one that every JavaScript object has. */
export function valueIn(values: Values, name: string): string | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}

function merged({ entries, values }: Contents, name: string, given: NewValue, by: Change) {
  const field = `body.set.${name}`;
  const before = Object.hasOwn(entries, name) ? entries[name] : undefined;
  const value = given.value ?? (before && valueIn(values, name));
  if (value === undefined) throw fieldError(`${field}.value`, 'is missing: there is no such variable yet');
  if (given.sealed === false && before?.sealed === true && given.value === undefined)
    throw fieldError(`${field}.sealed`, 'can be taken off only together with a new value');
  const { sealed = before?.sealed ?? false, scope = before?.scope ?? 'run' } = given;
  return { value, entry: { sealed, scope, refersTo: references(value, `${field}.value`), ...by } };
}

function references(value: string, field: string): string[] {
  try {
    const names = referencesOf(value).map(nameOf);
    if (names.length > MAX_REFERENCES) throw fieldError(field, `refers to more than ${MAX_REFERENCES} variables`);
    return names;
  } catch (error) {
    if (error instanceof GantryError && error.fields.length === 0) throw fieldError(field, error.message);
    throw error;
  }
}

function requireFits({ entries, values }: Contents): void {
  const { perSet, bytesOfSet } = variableLimits;
  const count = Object.keys(entries).length;
  if (count > perSet)
    throw new GantryError(
      'QuotaExceeded',
      `There would be ${count} variables here; there can be at most ${perSet}. Remove some.`,
    );
  const bytes = Object.entries(values).reduce((sum, pair) => sum + Buffer.byteLength(pair.join('')), 0);
  if (bytes > bytesOfSet)
    throw new GantryError(
      'QuotaExceeded',
      `The variables here would be ${sizeText(bytes)} together; they can be at most ${sizeText(bytesOfSet)}. Put large values into a file or a bucket.`,
    );
}
