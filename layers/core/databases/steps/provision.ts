import { environment } from '@gantry/cloud/environment.ts';
import { createCluster } from '@gantry/cloud/rds.ts';
import { engineOf } from '../engines/engines.ts';
import { clusterName, tagsOf } from '../place.ts';
import { DATABASE_NAME } from '../view.ts';
import { beginStep } from '../writes.ts';
import { creating, type Target } from './input.ts';

/** For how many days a point in time can be restored. */
const BACKUP_DAYS = 7;

/** Asks for the server. It is there some minutes later. */
export async function provision(target: Target): Promise<void> {
  const database = await creating(target);
  if (database.securityGroup === undefined) throw new Error(`${database.id} has no security group`);
  await beginStep(database, 'server');
  const engine = engineOf(database.engine);
  await createCluster({
    id: clusterName(database.id),
    engine: engine.rdsEngine,
    engineVersion: database.engineVersion,
    database: DATABASE_NAME,
    capacity: engine.sizes[database.size],
    port: engine.port,
    backupDays: BACKUP_DAYS,
    subnetGroup: environment('DATABASE_GROUP'),
    parameterGroup: `${environment('DATABASE_PARAMETERS')}-${database.engine}-${database.engineVersion}`,
    securityGroup: database.securityGroup,
    key: environment('DATABASES_KEY'),
    tags: tagsOf(database),
  });
}
