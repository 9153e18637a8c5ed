import type { Kernel } from '../../kernel/kernel.ts';
import type { ManagedSecrets } from '../../kernel/ports.ts';
import { type Cluster, membersOf, type Records } from './records.ts';
import type { Servers } from './servers.ts';

interface Parts extends Records {
  readonly servers: Servers;
  readonly secrets: ManagedSecrets;
}

/** What becomes of clusters, in the background: their servers are made, started and removed. */
export interface Life {
  change(cluster: Cluster, change: Partial<Cluster>): Cluster;
  /** Does what a cluster's status asks for, after what is being done to it. */
  goOn(id: string): void;
  /** Goes on with what was being made or removed, and starts the servers. */
  resume(): Promise<void>;
  stop(): Promise<void>;
}

export function createLife(kernel: Kernel, { clusters, instances, snapshots, servers, secrets }: Parts): Life {
  const work = new Map<string, Promise<void>>();
  let stopping = false;

  const change = (cluster: Cluster, changed: Partial<Cluster>): Cluster => {
    const next = { ...cluster, ...changed };
    clusters.put(cluster.id, next);
    return next;
  };
  const make = async (cluster: Cluster): Promise<void> => {
    const text = secrets.read(cluster.masterSecret, { kind: 'operator' });
    const { username: master, password } = JSON.parse(text) as Readonly<Record<'username' | 'password', string>>;
    const port = await servers.make(cluster.resourceId, { database: cluster.database, master, password });
    const current = clusters.get(cluster.id);
    if (current?.status === 'creating') change(current, { status: 'available', port });
  };
  const erase = async ({ id, resourceId, masterSecret, finalSnapshot, ...rest }: Cluster): Promise<void> => {
    await servers.remove(resourceId, finalSnapshot);
    const cluster = { id, resourceId, masterSecret, ...rest };
    if (finalSnapshot !== undefined)
      snapshots.put(finalSnapshot, { id: finalSnapshot, cluster, createdAt: Date.now() / 1000 });
    secrets.remove(masterSecret);
    for (const { id: member } of membersOf({ instances }, id)) instances.delete(member);
    clusters.delete(id);
  };
  const next = async (id: string): Promise<void> => {
    const cluster = clusters.get(id);
    if (cluster?.status === 'creating') await make(cluster);
    if (cluster?.status === 'deleting') await erase(cluster);
  };
  /** A failure is the operator's to read. */
  const failed = (id: string, error: Error): void => {
    if (stopping) return;
    kernel.note(`rds ${id}: ${error.stack ?? error.message}`);
    const cluster = clusters.get(id);
    if (cluster?.status === 'creating') change(cluster, { status: 'failed' });
  };
  const goOn = (id: string): void => {
    const before = work.get(id) ?? Promise.resolve();
    work.set(
      id,
      before.then(() => next(id)).catch((error: Error) => failed(id, error)),
    );
  };

  return {
    change,
    goOn,
    async resume() {
      const all = clusters.entries().map(([, cluster]) => cluster);
      for (const { id, status } of all) if (status === 'creating' || status === 'deleting') goOn(id);
      const available = all.filter(({ status }) => status === 'available');
      await Promise.all(
        available.map(async (cluster) => {
          change(cluster, { port: await servers.start(cluster.resourceId, cluster.port) });
        }),
      );
    },
    async stop() {
      stopping = true;
      await Promise.allSettled(work.values());
      await servers.stopAll();
    },
  };
}
