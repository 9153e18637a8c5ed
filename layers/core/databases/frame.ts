import { environment } from '@gantry/cloud/environment.ts';
import type { ClusterFrame } from '@gantry/cloud/rds.ts';
import { BACKUP_DAYS, type DatabaseRecord } from '../records/databases.ts';
import { engineOf } from './engines/engines.ts';
import { clusterName, tagsOf } from './place.ts';

/** The settings of a database's cluster, the same for every origin of its data. */
export function frameOf(database: DatabaseRecord): ClusterFrame {
  const { id, engine: name, engineVersion, size, backupDays = BACKUP_DAYS, securityGroup } = database;
  if (securityGroup === undefined) throw new Error(`${id} has no security group`);
  const engine = engineOf(name);
  return {
    id: clusterName(id),
    engine: engine.rdsEngine,
    capacity: engine.sizes[size],
    port: engine.port,
    backupDays,
    subnetGroup: environment('DATABASE_GROUP'),
    parameterGroup: `${environment('DATABASE_PARAMETERS')}-${name}-${engineVersion}`,
    securityGroup,
    key: environment('DATABASES_KEY'),
    tags: tagsOf(database),
  };
}
