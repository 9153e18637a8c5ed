import { ensureGroup } from '@gantry/cloud/ec2.ts';
import { environment } from '@gantry/cloud/environment.ts';
import { DatabaseEntity } from '../../records/databases.ts';
import { engineOf } from '../engines/engines.ts';
import { clusterName, tagsOf } from '../place.ts';
import { beginStep } from '../writes.ts';
import { creating, type Target } from './input.ts';

/** Makes the security group of a database: its members, the server and the apps that use it, reach each other at the engine's port. */
export async function network(target: Target): Promise<void> {
  const database = await creating(target);
  await beginStep(database, 'network');
  const securityGroup = await ensureGroup({
    name: clusterName(database.id),
    description: `Database ${database.id} and the apps that use it`,
    network: environment('NETWORK_ID'),
    port: engineOf(database.engine).port,
    tags: tagsOf(database),
  });
  const { teamId, projectId, environmentId, id } = database;
  await DatabaseEntity.patch({ teamId, projectId, environmentId, id }).set({ securityGroup }).go();
}
