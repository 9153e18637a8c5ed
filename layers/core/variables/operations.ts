import { GantryError } from '@gantry/contract/errors.ts';
import type { Action } from '@gantry/contract/roles.ts';
import type {
  ResolvedVariables,
  SetQuery,
  StagedChanges,
  VariableChange,
  VariableSet,
} from '@gantry/contract/schemas/variables.ts';
import { authorise } from '../access/authorise.ts';
import type { Caller } from '../access/caller.ts';
import { item } from '../kernel/entity.ts';
import { retryStale, transact } from '../kernel/transact.ts';
import type { Write } from '../kernel/write.ts';
import type { InstancePath } from '../records/deployment-lookups.ts';
import { requireActive, whileActive } from '../records/project-guards.ts';
import { environmentAt, type ProjectPath, projectAt, serviceAt } from '../records/project-lookups.ts';
import { type SetRecord, StagedEntity, type StagedRecord } from '../records/variables.ts';
import { type Contents, EMPTY, type Staged, stagedWith } from './merge.ts';
import { readScene } from './scene.ts';
import { resolveService } from './service.ts';
import { ownersOf, type SetKey, sealStaged, setAt, setKey, stagedAt, stagedValues, valuesOf } from './sets.ts';
import { viewSet, viewStaged } from './view.ts';

/** A set's variables; sealed ones without a value. */
export async function getSet(caller: Caller, path: ProjectPath, query: SetQuery): Promise<VariableSet> {
  const key = setKey(path, query);
  const { set } = await lookUpSet(caller, 'variable.reveal', key);
  return viewSet(key, await contentsOf(set), set?.version ?? 0);
}

/** The staged changes of a set. */
export async function getStaged(caller: Caller, path: ProjectPath, query: SetQuery): Promise<StagedChanges> {
  const key = setKey(path, query);
  const { set, staged } = await lookUpSet(caller, 'variable.reveal', key);
  return viewStaged(key, await contentsOf(set), await stagedOf(staged), staged?.version ?? 0);
}

/** Adds staged changes. Throws PreconditionFailed when the staged changes are not at version `ifMatch`. */
export function stage(
  caller: Caller,
  path: ProjectPath,
  query: SetQuery,
  change: VariableChange,
  ifMatch?: number,
): Promise<StagedChanges> {
  const key = setKey(path, query);
  return retryStale(async () => {
    const { set, staged, owners } = await lookUpSet(caller, 'variable.update', key);
    requireActive(...owners);
    requireStaged(staged, ifMatch);
    const [base, before] = await Promise.all([contentsOf(set), stagedOf(staged)]);
    const by = { changedBy: caller.userId, changedAt: new Date().toISOString() };
    const next = stagedWith(base, before, change, by);
    await transact([await writeStaged(key, next, staged), ...whileThere(key)]);
    return viewStaged(key, base, next, versionAfter(staged));
  });
}

/** Discards the staged changes. */
export function discard(caller: Caller, path: ProjectPath, query: SetQuery): Promise<StagedChanges> {
  const key = setKey(path, query);
  return retryStale(async () => {
    const { set, staged, owners } = await lookUpSet(caller, 'variable.update', key);
    requireActive(...owners);
    const base = await contentsOf(set);
    if (staged === undefined || isNothing(staged)) return viewStaged(key, base, EMPTY, staged?.version ?? 0);
    await transact([await writeStaged(key, EMPTY, staged), ...whileThere(key)]);
    return viewStaged(key, base, EMPTY, versionAfter(staged));
  });
}

/** The variables of an app in an environment, without sealed ones, for a run elsewhere. */
export async function resolveVariables(caller: Caller, path: InstancePath): Promise<ResolvedVariables> {
  const { found } = await authorise(
    caller,
    'variable.reveal',
    path,
    projectAt(path),
    serviceAt(path),
    environmentAt(path),
  );
  const { variables, sealed } = await resolveService(await readScene(path, 'planned'), found[1], 'run');
  const omitted = new Set(sealed);
  return {
    variables: Object.fromEntries(Object.entries(variables).filter(([name]) => !omitted.has(name))),
    omitted: sealed.toSorted(),
  };
}

/** Looks up a set with its owners, and authorises. */
export async function lookUpSet(caller: Caller, action: Action, key: SetKey) {
  const { found } = await authorise(caller, action, key, ...ownersOf(key), setAt(key), stagedAt(key));
  const [project, environment, service, set, staged] = found;
  const owners = [project, ...(environment ? [environment] : []), ...(service ? [service] : [])];
  return { project, environment, service, owners, set, staged };
}

export async function contentsOf(set: SetRecord | undefined): Promise<Contents> {
  return { entries: set?.entries ?? {}, values: await valuesOf(set) };
}

export async function stagedOf(record: StagedRecord | undefined): Promise<Staged> {
  if (record === undefined) return EMPTY;
  return { entries: record.entries, values: await stagedValues(record), unset: record.unset };
}

export function isNothing({ entries, unset }: Pick<Staged, 'entries' | 'unset'>): boolean {
  return unset.length === 0 && Object.keys(entries).length === 0;
}

/** Throws PreconditionFailed when the staged changes differ from those that the caller has seen. */
export function requireStaged(staged: StagedRecord | undefined, ifMatch: number | undefined): void {
  const version = staged?.version ?? 0;
  if (ifMatch === undefined || ifMatch === version) return;
  throw new GantryError(
    'PreconditionFailed',
    `The staged changes are at version ${version} by now, not ${ifMatch}. Read them again and repeat your change.`,
  );
}

/** The write that replaces the staged changes, refused when somebody changed them meanwhile. */
export async function writeStaged(key: SetKey, staged: Staged, before: StagedRecord | undefined): Promise<Write> {
  const { teamId, projectId, environmentId, serviceId } = key;
  const { entries, values, unset } = staged;
  const record = {
    ...{ teamId, projectId, environmentId, serviceId, entries, unset: [...unset] },
    ...(Object.keys(values).length > 0 && { values: await sealStaged(key, values) }),
    version: versionAfter(before),
  };
  return {
    item: item.put(
      StagedEntity.put(record).where(({ version }, { eq, notExists }) =>
        before === undefined ? notExists(version) : eq(version, before.version),
      ),
    ),
  };
}

/** Nothing is written below a record that is being deleted. */
export function whileThere(key: SetKey): Write[] {
  return whileActive(...ownersOf(key).filter(({ optional }) => optional !== true));
}

function versionAfter(staged: StagedRecord | undefined): number {
  return (staged?.version ?? 0) + 1;
}
