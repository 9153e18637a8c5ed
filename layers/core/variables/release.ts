import { type Filled, fillValues } from '../databases/values.ts';
import { item } from '../kernel/entity.ts';
import { openValues, sealValues, type Values } from '../kernel/envelope.ts';
import { lookUp, lookupOf, optional } from '../kernel/lookup.ts';
import type { Write } from '../kernel/write.ts';
import type { ProjectPath } from '../records/project-lookups.ts';
import { ReleaseVariablesEntity } from '../records/variables.ts';

/**
 * What a release's app gets, as it was recorded with the release, with the values that its databases have now. A release from before variables
 * were has none.
 */
export async function releaseVariables(path: EnvironmentPath, releaseId: string): Promise<Filled> {
  const { teamId, projectId } = path;
  const [record] = await lookUp(optional(releaseVariablesAt(teamId, releaseId)));
  const recorded = record && (await openValues(record.values, belonging(teamId, projectId, releaseId)));
  return fillValues(path, recorded ?? {});
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

type EnvironmentPath = ProjectPath & { readonly environmentId: string };

const releaseVariablesAt = (teamId: string, releaseId: string) =>
  lookupOf(`variables of release ${releaseId}`, ReleaseVariablesEntity.get({ teamId, releaseId }), (found) =>
    ReleaseVariablesEntity.parse(found),
  );

const belonging = (team: string, project: string, set: string) => ({ team, project, set });
