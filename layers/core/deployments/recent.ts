import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import { authorise } from '../access/authorise.ts';
import type { Caller } from '../access/caller.ts';
import { type PageQuery, page, pageOptions } from '../kernel/page.ts';
import { DeploymentEntity } from '../records/deployments.ts';
import { viewDeployment } from './view.ts';

/** The newest deployments of the projects that the caller may see. Deployments of other projects are left out of a page. */
export async function listRecent(
  caller: Caller,
  { teamId }: { readonly teamId: string },
  query: PageQuery,
): Promise<{ items: Deployment[]; next: string | null }> {
  const { projects } = await authorise(caller, 'project.read', { teamId });
  const run = async () => {
    const { data, cursor } = await DeploymentEntity.query
      .primary({ teamId })
      .go({ ...pageOptions(query), order: 'desc' });
    return { data: data.filter(({ projectId }) => projects?.includes(projectId) ?? true), cursor };
  };
  return page(query, run, (record) => viewDeployment(record));
}
