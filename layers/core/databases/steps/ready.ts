import { describeCluster } from '@gantry/cloud/rds.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { retryStale } from '../../kernel/transact.ts';
import { clusterName } from '../place.ts';
import { requestDeletion } from '../request-deletion.ts';
import { FIRST_USER } from '../secret.ts';
import { commit } from '../writes.ts';
import { DATABASE_ACTOR, inState, type Target } from './input.ts';

/** Records where the database answers, and says that it is ready. */
export async function ready(target: Target): Promise<void> {
  const cluster = await describeCluster(clusterName(target.databaseId));
  if (cluster === undefined)
    throw new GantryError('Unavailable', 'The server of the database does not exist yet. Try again.');
  await retryStale(async () => {
    const database = await inState(target, 'creating');
    if (database === undefined) return;
    const { host, port } = cluster;
    if (database.unwanted === true) return void (await requestDeletion(database, DATABASE_ACTOR));
    const told = { name: 'database.ready', actor: DATABASE_ACTOR } as const;
    await commit(database, { status: 'ready', host, port, user: FIRST_USER }, told, ['step']);
  });
}
