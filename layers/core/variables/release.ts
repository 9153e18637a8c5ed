import { item } from '../kernel/entity.ts';
import { openValues, sealValues, type Values } from '../kernel/envelope.ts';
import { lookUp, lookupOf, optional } from '../kernel/lookup.ts';
import type { Write } from '../kernel/write.ts';
import type { ProjectPath } from '../records/project-lookups.ts';
import { ReleaseVariablesEntity } from '../records/variables.ts';

/** What a release's app gets, as it was recorded with the release. A release from before variables were has none. */
export async function releaseVariables({ teamId, projectId }: ProjectPath, releaseId: string): Promise<Values> {
  const [record] = await lookUp(optional(releaseVariablesAt(teamId, releaseId)));
  return record === undefined ? {} : openValues(record.values, belonging(teamId, projectId, releaseId));
}

/** The write that records it, in the transaction that records the release: a redrive records both anew. */
export async function writeReleaseVariables(
  { teamId, projectId }: ProjectPath,
  releaseId: string,
  variables: Values,
): Promise<Write> {
  const values = await sealValues(variables, belonging(teamId, projectId, releaseId));
  return { item: item.put(ReleaseVariablesEntity.put({ teamId, releaseId, values })) };
}

/** Removes it with its release. */
export async function eraseReleaseVariables(teamId: string, releaseId: string): Promise<void> {
  await ReleaseVariablesEntity.delete({ teamId, releaseId }).go();
}

const releaseVariablesAt = (teamId: string, releaseId: string) =>
  lookupOf(`variables of release ${releaseId}`, ReleaseVariablesEntity.get({ teamId, releaseId }), (found) =>
    ReleaseVariablesEntity.parse(found),
  );

const belonging = (team: string, project: string, set: string) => ({ team, project, set });
