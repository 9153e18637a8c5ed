import type { StagedChange, StagedChanges, VariableEvent, VariableSet } from '@gantry/contract/schemas/variables.ts';
import type { VariableEventRecord } from '../records/variables.ts';
import { type Contents, type Staged, valueIn } from './merge.ts';
import { ownerOf, type SetKey } from './sets.ts';

const byName = (a: { readonly name: string }, b: { readonly name: string }) => (a.name < b.name ? -1 : 1);

/** A set without the values of sealed variables. */
export function viewSet(key: SetKey, { entries, values }: Contents, version: number): VariableSet {
  const variables = Object.entries(entries).map(([name, { sealed, scope, changedBy, changedAt }]) => ({
    name,
    value: sealed ? null : (valueIn(values, name) ?? ''),
    sealed,
    scope,
    changedBy,
    changedAt,
  }));
  return { ...ownerOf(key), variables: variables.toSorted(byName), version };
}

/** Staged changes beside the present variables, without sealed values. */
export function viewStaged(key: SetKey, base: Contents, staged: Staged, version: number): StagedChanges {
  const names = [...Object.keys(staged.entries), ...staged.unset];
  const changes = names.map((name): StagedChange => {
    const [before, after] = [side(base, name), side(staged, name)];
    // Must not reveal whether a guess equals a sealed value.
    const valueChanged =
      before?.sealed === true || after?.sealed === true || valueIn(base.values, name) !== valueIn(staged.values, name);
    return { name, before, after, valueChanged };
  });
  return { ...ownerOf(key), changes: changes.toSorted(byName), version };
}

function side({ entries, values }: Contents, name: string): StagedChange['before'] {
  const entry = Object.hasOwn(entries, name) ? entries[name] : undefined;
  if (entry === undefined) return null;
  const { sealed, scope } = entry;
  return { value: sealed ? null : (valueIn(values, name) ?? ''), sealed, scope };
}

export function viewEvent({ set, unset, by, at, version }: VariableEventRecord): VariableEvent {
  return { set: [...set], unset: [...unset], by, at, version };
}
