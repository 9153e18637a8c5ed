import { randomBytes, randomUUID } from 'node:crypto';
import type { Principal } from '../../kernel/iam.ts';
import { ACCOUNT, type Kernel, REGION } from '../../kernel/kernel.ts';
import type { KeyService, ManagedSecrets } from '../../kernel/ports.ts';
import { AwsError } from '../../kernel/service.ts';
import { createLife } from './life.ts';
import { type Cluster, type Instance, membersOf, openRecords, rdsArn, type Wanted } from './records.ts';
import { createServers } from './servers.ts';

/** Clusters, their instances and their snapshots; what they hold is a server's. */
export interface Clusters {
  all(): readonly Cluster[];
  find(id: string): Cluster | undefined;
  /** Throws `DBClusterNotFoundFault`. */
  get(id: string): Cluster;
  /** Makes a cluster's record; its server is there a moment later. */
  create(wanted: Wanted, principal: Principal): Promise<Cluster>;
  change(cluster: Cluster, change: Partial<Cluster>): Cluster;
  /** Removes a cluster, in the background, after a snapshot where one is named. */
  remove(cluster: Cluster, snapshot: string | undefined): Cluster;
  instances(): readonly Instance[];
  instance(id: string): Instance | undefined;
  members(cluster: string): readonly Instance[];
  addInstance(instance: Instance): Instance;
  removeInstance(instance: Instance): void;
  /** Goes on with what was being made or removed, and starts the servers. */
  resume(): Promise<void>;
  stop(): Promise<void>;
}

export function createClusters(kernel: Kernel, keys: KeyService, secrets: ManagedSecrets): Clusters {
  const records = openRecords(kernel);
  const { clusters: kept, instances, snapshots } = records;
  const servers = createServers(kernel.dataDir);
  const life = createLife(kernel, { ...records, servers, secrets });
  const find = (id: string) => kept.get(id.toLowerCase());

  return {
    all: () => kept.entries().map(([, cluster]) => cluster),
    find,
    get(id) {
      const found = find(id);
      if (found !== undefined) return found;
      throw new AwsError('DBClusterNotFoundFault', `DBCluster ${id} not found.`, 404);
    },
    async create(wanted, principal) {
      if (find(wanted.id) !== undefined) throw new AwsError('DBClusterAlreadyExistsFault', 'DB Cluster already exists');
      const engineVersion = versionFor(wanted, servers.version());
      // RDS uses the key of the storage by a grant that the caller may make.
      keys.grant(wanted.key, { principal, service: 'rds' });
      const masterSecret = keepPassword(kernel, secrets, wanted, principal);
      const cluster: Cluster = { ...wanted, engineVersion, masterSecret, port: 0, status: 'creating' };
      kept.put(cluster.id, cluster);
      kernel.meter.count('rds.requests');
      life.goOn(cluster.id);
      return cluster;
    },
    change: life.change,
    remove(cluster, finalSnapshot) {
      if (finalSnapshot !== undefined && snapshots.get(finalSnapshot) !== undefined)
        throw new AwsError('DBClusterSnapshotAlreadyExistsFault', `Cluster snapshot ${finalSnapshot} already exists`);
      const next = life.change(cluster, {
        status: 'deleting',
        ...(finalSnapshot !== undefined && { finalSnapshot }),
      });
      life.goOn(cluster.id);
      return next;
    },
    instances: () => instances.entries().map(([, instance]) => instance),
    instance: (id) => instances.get(id),
    members: (cluster) => membersOf(records, cluster),
    addInstance(instance) {
      instances.put(instance.id, instance);
      return instance;
    },
    removeInstance: (instance) => instances.put(instance.id, { ...instance, isGoing: true }),
    resume: life.resume,
    stop: life.stop,
  };
}

/** Makes the master user's password, which stands in a secret of RDS's own for whoever may read it. */
function keepPassword(kernel: Kernel, secrets: ManagedSecrets, wanted: Wanted, principal: Principal): string {
  const name = `rds!cluster-${randomUUID()}`;
  const resource = `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:${name}`;
  for (const action of ['CreateSecret', 'TagResource'])
    kernel.iam.require(principal, { action: `secretsmanager:${action}`, resource });
  const value = JSON.stringify({ username: wanted.master, password: randomBytes(24).toString('hex') });
  const tags = { ...wanted.tags, 'aws:rds:primaryDBClusterArn': rdsArn('cluster', wanted.id) };
  return secrets.create(name, value, { key: wanted.secretKey, tags, principal });
}

/** The version in full. Throws AWS's error for an engine or a version that this machine does not have. */
function versionFor({ engine, engineVersion }: Wanted, known: string | undefined): string {
  if (engine !== 'aurora-postgresql')
    throw new AwsError('InvalidParameterValue', `local cloud: engine ${engine} is not emulated`);
  if (known !== undefined && (engineVersion === undefined || `${known}.`.startsWith(`${engineVersion}.`))) return known;
  const has = known === undefined ? 'no PostgreSQL' : `PostgreSQL ${known} alone`;
  throw new AwsError(
    'InvalidParameterCombination',
    `Cannot find version ${engineVersion ?? ''} for ${engine}: this machine has ${has}.`,
  );
}
