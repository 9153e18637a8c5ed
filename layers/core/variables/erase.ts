import { eachLimited } from '../kernel/limited.ts';
import type { ProjectPath } from '../records/project-lookups.ts';
import { SetEntity, StagedEntity, VariableEventEntity } from '../records/variables.ts';
import type { SetKey } from './sets.ts';

const PAGE = 100;
const CONCURRENCY = 10;

/** The sets to delete: all of a project, of an environment, or of a service. */
export interface Going extends ProjectPath {
  readonly environmentId?: string;
  readonly serviceId?: string;
}

/**
 * Deletes the variables of a deleted parent, with staged changes and history. Answers false when `deadline` (milliseconds since 1970) passed first:
 * call it again.
 */
export async function eraseVariables(going: Going, deadline: number): Promise<boolean> {
  const { teamId, projectId, environmentId, serviceId } = going;
  const place = { teamId, projectId, ...(environmentId !== undefined && { environmentId }) };
  const goes = (record: SetKey) => serviceId === undefined || record.serviceId === serviceId;
  const [sets, staged] = await Promise.all([
    SetEntity.query.primary(place).go({ pages: 'all', consistent: true }),
    StagedEntity.query.primary(place).go({ pages: 'all', consistent: true }),
  ]);
  await eachLimited(staged.data.filter(goes), CONCURRENCY, async (record) => {
    await StagedEntity.delete(keyOf(record)).go();
  });
  for (const set of sets.data.filter(goes)) {
    if (!(await eraseHistory(keyOf(set), deadline))) return false;
    await SetEntity.delete(keyOf(set)).go();
  }
  return true;
}

async function eraseHistory(key: SetKey, deadline: number): Promise<boolean> {
  for (;;) {
    const { data } = await VariableEventEntity.query.primary(key).go({ limit: PAGE, consistent: true });
    await eachLimited(data, CONCURRENCY, async ({ order }) => {
      await VariableEventEntity.delete({ ...key, order }).go();
    });
    if (data.length < PAGE) return true;
    if (Date.now() >= deadline) return false;
  }
}

function keyOf({ teamId, projectId, environmentId, serviceId }: SetKey): SetKey {
  return { teamId, projectId, environmentId, serviceId };
}
