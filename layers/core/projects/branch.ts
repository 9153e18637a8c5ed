import type { ServiceSource } from '@gantry/contract/schemas/source.ts';
import type { ProjectPath } from '../records/project-lookups.ts';
import { EnvironmentEntity } from '../records/projects.ts';

/** The environment that gets pushes to a service's own branch. */
export const PRODUCTION = 'production';

/**
 * The environments of a project that pushes to `branch` deploy a service to: those that follow the branch, and production when it follows none of its
 * own.
 */
export async function environmentsFollowing(
  { teamId, projectId }: ProjectPath,
  source: Extract<ServiceSource, { readonly branch: string }>,
  branch: string,
): Promise<string[]> {
  const { data } = await EnvironmentEntity.query.primary({ teamId, projectId }).go({ pages: 'all', consistent: true });
  return data
    .filter(
      (environment) => branch === (environment.branch ?? (environment.slug === PRODUCTION ? source.branch : undefined)),
    )
    .map(({ id }) => id);
}
