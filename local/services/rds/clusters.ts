import { randomBytes, randomUUID } from 'node:crypto';
import type { Identity } from '../../cluster/api/certificate.ts';
import type { Principal } from '../../kernel/iam.ts';
import { ACCOUNT, type Kernel, REGION } from '../../kernel/kernel.ts';
import type { KeyService, ManagedSecrets } from '../../kernel/ports.ts';
import { AwsError } from '../../kernel/service.ts';
import type { Tags } from '../../kernel/tags.ts';
import { createLife, type Life } from './life.ts';
import {
  type Cluster,
  type Instance,
  membersOf,
  openRecords,
  type Records,
  type Restorable,
  rdsArn,
  type Snapshot,
  type Wanted,
} from './records.ts';
import { createServers, type Origin, type Servers } from './servers.ts';

/** Clusters, their instances and their snapshots. The data is in a server. */
export interface Clusters extends Instances, Snapshots {
  all(): readonly Cluster[];
  find(id: string): Cluster | undefined;
  /** Throws `DBClusterNotFoundFault`. */
  get(id: string): Cluster;
  /** The moments to which a cluster can be restored; undefined if it cannot be restored. */
  restorable(cluster: Cluster): Restorable | undefined;
  /** The end of its server's log. */
  log(cluster: Cluster): string;
  /** Throws `StorageQuotaExceeded` where the disk has no room for a copy. */
  requireRoom(origin: Origin): void;
  /** Makes a cluster's record. Its server starts in the background. */
  create(wanted: Wanted, principal: Principal): Cluster;
  change(cluster: Cluster, change: Partial<Cluster>): Cluster;
  /** Has RDS keep the master user's password in a secret that the key encrypts. */
  manageMaster(cluster: Cluster, secretKey: string, principal: Principal): Cluster;
  /** Removes a cluster in the background, after a snapshot if one is named. */
  remove(cluster: Cluster, snapshot: string | undefined): Cluster;
  /** Starts the servers, and continues creations and removals that were interrupted. */
  resume(): Promise<void>;
  stop(): Promise<void>;
}

interface Instances {
  instances(): readonly Instance[];
  instance(id: string): Instance | undefined;
  members(cluster: string): readonly Instance[];
  addInstance(instance: Instance): Instance;
  removeInstance(instance: Instance): void;
}

interface Snapshots {
  snapshots(): readonly Snapshot[];
  /** Throws `DBClusterSnapshotNotFoundFault`. */
  snapshot(id: string): Snapshot;
  findSnapshot(id: string): Snapshot | undefined;
  /** Takes a snapshot in the background. */
  addSnapshot(id: string, cluster: Cluster, tags: Tags): Snapshot;
  removeSnapshot(snapshot: Snapshot): void;
}

export function createClusters(
  kernel: Kernel,
  keys: KeyService,
  secrets: ManagedSecrets,
  identity: Identity,
): Clusters {
  const records = openRecords(kernel);
  const { clusters: kept, snapshots } = records;
  const servers = createServers(kernel.dataDir, identity);
  const life = createLife(kernel, { ...records, servers, secrets });
  const find = (id: string) => kept.get(id.toLowerCase());

  return {
    ...instancesOf(records),
    ...snapshotsOf(records, servers, life),
    all: () => kept.entries().map(([, cluster]) => cluster),
    find,
    get(id) {
      const found = find(id);
      if (found !== undefined) return found;
      throw new AwsError('DBClusterNotFoundFault', `DBCluster ${id} not found.`, 404);
    },
    restorable({ status, resourceId }) {
      const earliest = status === 'available' ? servers.earliestMoment(resourceId) : undefined;
      if (earliest === undefined) return undefined;
      return { earliest: earliest / 1000, latest: Date.now() / 1000 };
    },
    log: ({ resourceId }) => servers.log(resourceId),
    requireRoom(origin) {
      const { needed, left } = servers.roomFor(origin);
      if (needed < left) return;
      throw new AwsError(
        'StorageQuotaExceeded',
        `The copy needs ${gigabytes(needed)} GB and the disk of this machine has ${gigabytes(left)} GB left. Make room and try again.`,
      );
    },
    create(wanted, principal) {
      if (find(wanted.id) !== undefined) throw new AwsError('DBClusterAlreadyExistsFault', 'DB Cluster already exists');
      const engineVersion = versionFor(wanted, servers.version());
      // RDS uses the key of the storage by a grant that the caller may make.
      keys.grant(wanted.key, { principal, service: 'rds' });
      const { secretKey } = wanted;
      const masterSecret = secretKey && keepPassword(kernel, secrets, { ...wanted, secretKey }, principal);
      const cluster: Cluster = {
        ...{ ...wanted, engineVersion, port: 0, status: 'creating' },
        ...(masterSecret !== undefined && { masterSecret }),
      };
      kept.put(cluster.id, cluster);
      kernel.meter.count('rds.requests');
      life.goOn(cluster.id);
      return cluster;
    },
    change: life.change,
    manageMaster(cluster, secretKey, principal) {
      const masterSecret = keepPassword(kernel, secrets, { ...cluster, secretKey }, principal);
      const status = 'resetting-master-credentials';
      const next = life.change(cluster, { masterSecret, secretKey, status });
      life.goOn(cluster.id);
      return next;
    },
    remove(cluster, finalSnapshot) {
      if (finalSnapshot !== undefined && snapshots.get(finalSnapshot) !== undefined) throw taken(finalSnapshot);
      const next = life.change(cluster, {
        status: 'deleting',
        ...(finalSnapshot !== undefined && { finalSnapshot }),
      });
      life.goOn(cluster.id);
      return next;
    },
    resume: life.resume,
    stop: life.stop,
  };
}

const gigabytes = (bytes: number) => (bytes / 1024 ** 3).toFixed(1);

function instancesOf({ instances }: Records): Instances {
  return {
    instances: () => instances.entries().map(([, instance]) => instance),
    instance: (id) => instances.get(id),
    members: (cluster) => membersOf({ instances }, cluster),
    addInstance(instance) {
      instances.put(instance.id, instance);
      return instance;
    },
    removeInstance: (instance) => instances.put(instance.id, { ...instance, isGoing: true }),
  };
}

function snapshotsOf({ snapshots }: Records, servers: Servers, life: Life): Snapshots {
  return {
    snapshots: () => snapshots.entries().map(([, snapshot]) => snapshot),
    findSnapshot: (id) => snapshots.get(id.toLowerCase()),
    snapshot(id) {
      const found = snapshots.get(id.toLowerCase());
      if (found !== undefined) return found;
      throw new AwsError('DBClusterSnapshotNotFoundFault', `DBClusterSnapshot ${id} not found.`, 404);
    },
    addSnapshot(id, cluster, tags) {
      if (snapshots.get(id) !== undefined) throw taken(id);
      const snapshot: Snapshot = { id, cluster, status: 'creating', tags, createdAt: Date.now() / 1000 };
      snapshots.put(id, snapshot);
      life.goOn(cluster.id);
      return snapshot;
    },
    removeSnapshot({ id }) {
      servers.eraseBackup(id);
      snapshots.delete(id);
    },
  };
}

function taken(snapshot: string): AwsError {
  return new AwsError('DBClusterSnapshotAlreadyExistsFault', `Cluster snapshot ${snapshot} already exists`);
}

type Owned = Pick<Cluster, 'id' | 'master' | 'tags'> & { readonly secretKey: string };

/** Makes the master user's password. It is in RDS's own secret, for callers who may read that. */
function keepPassword(kernel: Kernel, secrets: ManagedSecrets, cluster: Owned, principal: Principal): string {
  const name = `rds!cluster-${randomUUID()}`;
  const resource = `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:${name}`;
  for (const action of ['CreateSecret', 'TagResource'])
    kernel.iam.require(principal, { action: `secretsmanager:${action}`, resource });
  const value = JSON.stringify({ username: cluster.master, password: randomBytes(24).toString('hex') });
  const tags = { ...cluster.tags, 'aws:rds:primaryDBClusterArn': rdsArn('cluster', cluster.id) };
  return secrets.create(name, value, { key: cluster.secretKey, tags, principal });
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
