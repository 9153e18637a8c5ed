import { GantryError } from '@gantry/contract/errors.ts';
import { newId } from '@gantry/contract/ids.ts';
import { SHARED } from '@gantry/contract/references.ts';
import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import type { AppliedChanges, SetQuery, VariableChange } from '@gantry/contract/schemas/variables.ts';
import type { Caller } from '../access/caller.ts';
import { item } from '../kernel/entity.ts';
import { willAnswer } from '../kernel/idempotency/execution.ts';
import { lookUp, optional } from '../kernel/lookup.ts';
import type { Change } from '../kernel/outbox/outbox.ts';
import { retryStale, transact } from '../kernel/transact.ts';
import type { Write } from '../kernel/write.ts';
import { instanceAt } from '../records/deployment-lookups.ts';
import { requireActive } from '../records/project-guards.ts';
import type { ProjectPath, ProjectRecord } from '../records/project-lookups.ts';
import { SetEntity, type SetRecord, type StagedRecord } from '../records/variables.ts';
import { isBuiltWith, ownerIn, referring, requireWhole, scenesWith } from '../variables/check.ts';
import { historyWrite } from '../variables/history.ts';
import { applied, type Contents, EMPTY, type Staged, stagedWith } from '../variables/merge.ts';
import {
  contentsOf,
  isNothing,
  lookUpSet,
  requireStaged,
  stagedOf,
  whileThere,
  writeStaged,
} from '../variables/operations.ts';
import { BUILD, namesOf } from '../variables/scene.ts';
import { ownerOf, type SetKey, sealSet, setKey } from '../variables/sets.ts';
import { enqueue } from './enqueue.ts';
import { deploymentOfChange } from './redeploy.ts';

/**
 * Applies everything staged of a set, with its event and its entry in the history, in one transaction.
 * For a service with a live or running deployment, the same transaction queues one deployment. For shared variables none is queued; the answer lists
 * the services that refer to them.
 * Throws Conflict when nothing is staged or a reference does not resolve, and PreconditionFailed when the staged changes are not at version
 * `ifMatch`.
 */
export function apply(caller: Caller, path: ProjectPath, query: SetQuery, ifMatch?: number): Promise<AppliedChanges> {
  return applyWhat(caller, setKey(path, query), (record, _base, staged) => {
    requireStaged(record, ifMatch);
    if (isNothing(staged)) throw new GantryError('Conflict', 'Nothing is staged: set or unset variables first.');
    return staged;
  });
}

/**
 * Changes variables and applies the change at once, as `apply` does; an error stages nothing. Throws Conflict when other variables are staged, which
 * would be applied too.
 */
export function setAtOnce(
  caller: Caller,
  path: ProjectPath,
  query: SetQuery,
  change: VariableChange,
): Promise<AppliedChanges> {
  const named = new Set([...Object.keys(change.set ?? {}), ...(change.unset ?? [])]);
  return applyWhat(caller, setKey(path, query), (_record, base, staged) => {
    const others = [...Object.keys(staged.entries), ...staged.unset].filter((name) => !named.has(name)).toSorted();
    if (others.length > 0)
      throw new GantryError(
        'Conflict',
        `${others.join(', ')} ${others.length === 1 ? 'is' : 'are'} staged and would be applied too. Apply or discard that first.`,
      );
    return stagedWith(base, staged, change, { changedBy: caller.userId, changedAt: new Date().toISOString() });
  });
}

/** Applies the changes that `choose` makes from the applied and the staged ones. */
function applyWhat(
  caller: Caller,
  key: SetKey,
  choose: (record: StagedRecord | undefined, base: Contents, staged: Staged) => Staged,
): Promise<AppliedChanges> {
  return retryStale(async () => {
    const { set, staged: record, project, owners } = await lookUpSet(caller, 'variable.update', key);
    requireActive(...owners);
    const [base, before] = await Promise.all([contentsOf(set), stagedOf(record)]);
    const staged = choose(record, base, before);
    const owner = ownerOf(key);
    const emptied = record === undefined || isNothing(record) ? [] : [await writeStaged(key, EMPTY, record)];
    if (isNothing(staged)) {
      if (emptied.length === 0) throw new GantryError('Conflict', 'Nothing changes: there is no such variable here.');
      // Names that were only staged, and are now unset again.
      const version = set?.version ?? 0;
      const reply = willAnswer<AppliedChanges>({ ...owner, names: [], deployment: null, referredBy: [], version });
      await transact([...emptied, ...whileThere(key)]);
      return reply;
    }
    const { entries, values } = applied(base, staged);
    const { teamId, projectId, environmentId, serviceId } = key;
    const next: SetRecord = {
      ...{ teamId, projectId, environmentId, serviceId, entries },
      id: set?.id ?? newId('variableSet'),
      values: await sealSet(key, values),
      version: (set?.version ?? 0) + 1,
    };
    const names = { set: Object.keys(staged.entries).toSorted(), unset: [...staged.unset].toSorted() };
    const changed = [...names.set, ...names.unset].toSorted();
    const { referredBy, isBuiltWithThem } = await checked(key, project, next, changed);
    const answer = (deployment: Deployment | null): AppliedChanges => ({
      ...owner,
      names: changed,
      deployment,
      referredBy,
      version: next.version,
    });
    const line = { ...names, by: caller.userId, at: new Date().toISOString(), version: next.version };
    const writes = [writeSet(next, set), ...emptied, historyWrite(key, line)];
    const data = { ...owner, ...names, version: next.version };
    const change = { name: 'variables.changed' as const, teamId, actor: caller.userId, aggregate: next, data };
    const isBuilt = isBuiltWithThem || namesOf(base.entries, BUILD).some((name) => changed.includes(name));
    return commit({ key, caller, writes, change, isBuilt, answer });
  });
}

interface Commit {
  readonly key: SetKey;
  readonly caller: Caller;
  readonly writes: readonly Write[];
  readonly change: Change<'variables.changed'>;
  readonly isBuilt: boolean;
  readonly answer: (deployment: Deployment | null) => AppliedChanges;
}

async function commit({ key, caller, writes, change, isBuilt, answer }: Commit): Promise<AppliedChanges> {
  const [instance] = key.serviceId === SHARED ? [undefined] : await lookUp(optional(instanceAt(key)));
  const deployment = await deploymentOfChange(key, instance, caller.userId, isBuilt);
  if (deployment === undefined) {
    const reply = willAnswer(answer(null));
    await transact([...writes, ...whileThere(key)], change);
    return reply;
  }
  const entry = { deployment, instance, slugs: undefined, actor: caller.userId, writes, changes: [change], answer };
  return answer(await enqueue(entry));
}

/**
 * Throws when a reference does not resolve. Answers which other services refer to the changed variables, and whether the service's own builds use
 * them.
 */
async function checked(key: SetKey, project: ProjectRecord, next: SetRecord, names: readonly string[]) {
  const scenes = await scenesWith(key, project, next);
  const each = scenes.map(({ environment, scene }) => {
    const owner = ownerIn(scene, key);
    requireWhole(scene, owner, names);
    return {
      referredBy: referring(scene, owner, names).map((serviceId) => ({ serviceId, environmentId: environment.id })),
      isBuiltWithThem: isBuiltWith(scene, owner, names),
    };
  });
  return {
    referredBy: each.flatMap(({ referredBy }) => referredBy),
    isBuiltWithThem: each.some(({ isBuiltWithThem }) => isBuiltWithThem),
  };
}

function writeSet(next: SetRecord, before: SetRecord | undefined): Write {
  return {
    item: item.put(
      SetEntity.put(next).where(({ version }, { eq, notExists }) =>
        before === undefined ? notExists(version) : eq(version, before.version),
      ),
    ),
  };
}
