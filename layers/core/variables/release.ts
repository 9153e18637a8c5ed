import { type Filled, fillValues } from '../databases/values.ts';
import { item } from '../kernel/entity.ts';
import { openValues, sealValues, type Values } from '../kernel/envelope.ts';
import { lookUp, lookupOf, optional } from '../kernel/lookup.ts';
import type { Write } from '../kernel/write.ts';
import type { ProjectPath } from '../records/project-lookups.ts';
import { ReleaseVariablesEntity } from '../records/variables.ts';

/**
 * The variables of a release's app, as recorded with the release, with the present values of its databases. An older release, from before variables,
 * has none.
 */
export async function releaseVariables(path: EnvironmentPath, releaseId: string): Promise<Filled> {
  return fillValues(path, await recordedVariables(path, releaseId));
}

/** The same with placeholders in the places of the values of databases. */
export async function recordedVariables({ teamId, projectId }: ProjectPath, releaseId: string): Promise<Values> {
  const [record] = await lookUp(optional(releaseVariablesAt(teamId, releaseId)));
  return record === undefined ? {} : openValues(record.values, belonging(teamId, projectId, releaseId));
}

/** The write that records them, in the transaction that records the release: a redrive records both again. */
export async function writeReleaseVariables(
  { teamId, projectId }: ProjectPath,
  releaseId: string,
  variables: Values,
): Promise<Write> {
  const values = await sealValues(variables, belonging(teamId, projectId, releaseId));
  return { item: item.put(ReleaseVariablesEntity.put({ teamId, releaseId, values })) };
}

/** Deletes them with their release. */
export async function eraseReleaseVariables(teamId: string, releaseId: string): Promise<void> {
  await ReleaseVariablesEntity.delete({ teamId, releaseId }).go();
}

type EnvironmentPath = ProjectPath & { readonly environmentId: string };

const releaseVariablesAt = (teamId: string, releaseId: string) =>
  lookupOf(`variables of release ${releaseId}`, ReleaseVariablesEntity.get({ teamId, releaseId }), (found) =>
    ReleaseVariablesEntity.parse(found),
  );

const belonging = (team: string, project: string, set: string) => ({ team, project, set });
