import type { HistoryQuery } from '@gantry/contract/schemas/variables.ts';
import { authorise } from '../access/authorise.ts';
import type { Caller } from '../access/caller.ts';
import { item } from '../kernel/entity.ts';
import { page, pageOptions } from '../kernel/page.ts';
import { ttlAfter } from '../kernel/table.ts';
import type { Write } from '../kernel/write.ts';
import type { ProjectPath } from '../records/project-lookups.ts';
import { VariableEventEntity } from '../records/variables.ts';
import { ownersOf, type SetKey, setKey } from './sets.ts';
import { viewEvent } from './view.ts';

const KEPT_SECONDS = 365 * 24 * 3600;
/** Digits of a version in a sort key. */
const DIGITS = 8;

/** The changes of a set by person and name, newest first. */
export async function listHistory(caller: Caller, path: ProjectPath, query: HistoryQuery) {
  const key = setKey(path, query);
  await authorise(caller, 'variable.read', key, ...ownersOf(key));
  const { teamId, projectId, environmentId, serviceId } = key;
  const events = VariableEventEntity.query.primary({ teamId, projectId, environmentId, serviceId });
  return page(query, () => events.go({ ...pageOptions(query), order: 'desc' }), viewEvent);
}

interface Applied {
  readonly set: readonly string[];
  readonly unset: readonly string[];
  readonly by: string;
  readonly at: string;
  readonly version: number;
}

/** The write of an apply's entry in the history of its set. */
export function historyWrite(key: SetKey, { set, unset, by, at, version }: Applied): Write {
  const { teamId, projectId, environmentId, serviceId } = key;
  const order = String(version).padStart(DIGITS, '0');
  const place = { teamId, projectId, environmentId, serviceId, order };
  const line = { set: [...set], unset: [...unset], by, at, version, ttl: ttlAfter(KEPT_SECONDS) };
  return { item: item.put(VariableEventEntity.create({ ...place, ...line })) };
}
