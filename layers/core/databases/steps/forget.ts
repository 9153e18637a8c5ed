import { item } from '../../kernel/entity.ts';
import { retryStale, transact } from '../../kernel/transact.ts';
import { releaseSlug } from '../../projects/slugs.ts';
import { DatabaseEntity } from '../../records/databases.ts';
import { ProjectEntity } from '../../records/projects.ts';
import { viewDatabase } from '../view.ts';
import { DATABASE_ACTOR, inState, type Target } from './input.ts';
import { removeAround } from './remove-around.ts';

/** Removes what stood beside the server, then the record with its name and its place in the quota, and says that the database is gone. */
export async function forget(target: Target): Promise<void> {
  const database = await inState(target, 'deleting');
  if (database === undefined) return;
  await removeAround(database.id);
  await retryStale(async () => {
    const current = await inState(target, 'deleting');
    if (current === undefined) return;
    const { teamId, projectId, environmentId, id, slug, version: known } = current;
    const version = known + 1;
    await transact(
      [
        {
          item: item.remove(
            DatabaseEntity.remove({ teamId, projectId, environmentId, id }).where((attributes, { eq }) =>
              eq(attributes.version, known),
            ),
          ),
        },
        releaseSlug(teamId, `database#${projectId}#${environmentId}`, slug, id),
        { item: item.update(ProjectEntity.patch({ teamId, id: projectId }).subtract({ databases: 1 })) },
      ],
      {
        name: 'database.deleted',
        teamId,
        actor: DATABASE_ACTOR,
        aggregate: { id, version },
        data: viewDatabase({ ...current, version }),
      },
    );
  });
}
