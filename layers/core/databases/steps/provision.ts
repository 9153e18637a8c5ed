import { createCluster } from '@gantry/cloud/rds.ts';
import { frameOf } from '../frame.ts';
import { DATABASE_NAME } from '../view.ts';
import { beginStep } from '../writes.ts';
import { creating, type Target } from './input.ts';

/** Requests the server, which exists some minutes later. */
export async function provision(target: Target): Promise<void> {
  const database = await creating(target);
  await beginStep(database, 'server');
  await createCluster({ ...frameOf(database), engineVersion: database.engineVersion, database: DATABASE_NAME });
}
