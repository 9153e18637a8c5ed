import type { ManagedSecrets } from '../../kernel/ports.ts';
import { type Cluster, membersOf, type Records, type Snapshot } from './records.ts';
import type { Servers } from './servers.ts';

export interface Parts extends Records {
  readonly servers: Servers;
  readonly secrets: ManagedSecrets;
}

type Login = Readonly<Record<'username' | 'password', string>>;

/** Jobs on clusters, one after the other. A job may run twice, and ends by recording the cluster's present state. */
export interface Jobs {
  /** Makes the server of a cluster that is being created. */
  make(cluster: Cluster): Promise<void>;
  /** Gives the master user the password that its secret holds. */
  resetPassword(cluster: Cluster): Promise<void>;
  /** Takes the requested snapshots. A snapshot that fails is reported to `failed`, and the others continue. */
  takeSnapshots(cluster: Cluster, failed: (error: Error) => void): Promise<void>;
  /** Removes a cluster with everything that belongs to it, after a snapshot if one is named. */
  erase(cluster: Cluster): Promise<void>;
}

export function createJobs({ clusters, instances, snapshots, servers, secrets }: Parts): Jobs {
  const loginOf = ({ masterSecret = '' }: Cluster) =>
    JSON.parse(secrets.read(masterSecret, { kind: 'operator' })) as Login;
  /** A cluster may have been asked to go in the meantime. */
  const available = (id: string, from: Cluster['status'], port?: number) => {
    const current = clusters.get(id);
    if (current?.status === from) clusters.put(id, { ...current, status: 'available', port: port ?? current.port });
  };
  const waiting = (cluster: Cluster): Snapshot[] => {
    const all = snapshots.entries().map(([, snapshot]) => snapshot);
    return all.filter(({ status, cluster: of }) => status === 'creating' && of.id === cluster.id);
  };
  return {
    async make(cluster) {
      const { id, resourceId, database, master, origin, backupDays } = cluster;
      const port = origin
        ? await servers.remake(resourceId, origin)
        : await servers.make(resourceId, { database, master, password: loginOf(cluster).password });
      await servers.keepBases(resourceId, backupDays);
      available(id, 'creating', port);
    },
    async resetPassword(cluster) {
      const { username, password } = loginOf(cluster);
      await servers.setPassword(cluster.resourceId, username, password);
      available(cluster.id, 'resetting-master-credentials');
    },
    async takeSnapshots(cluster, failed) {
      for (const snapshot of waiting(cluster)) {
        const end = (more: Partial<Snapshot>) => {
          if (snapshots.get(snapshot.id) !== undefined) snapshots.put(snapshot.id, { ...snapshot, ...more });
        };
        try {
          await servers.backUp(cluster.resourceId, snapshot.id);
          end({ status: 'available', gigabytes: servers.gigabytesOf(snapshot.id) });
        } catch (error) {
          end({ status: 'failed' });
          failed(error as Error);
        }
      }
    },
    async erase(cluster) {
      const { id, resourceId, masterSecret, finalSnapshot: name } = cluster;
      await servers.remove(resourceId, name);
      if (name !== undefined)
        snapshots.put(name, {
          ...{ id: name, cluster, tags: cluster.tags, createdAt: Date.now() / 1000 },
          ...{ status: 'available', gigabytes: servers.gigabytesOf(name) },
        });
      if (masterSecret !== undefined) secrets.remove(masterSecret);
      for (const { id: member } of membersOf({ instances }, id)) instances.delete(member);
      clusters.delete(id);
    },
  };
}
