import type { Kernel } from '../../kernel/kernel.ts';
import { createJobs, type Parts } from './jobs.ts';
import type { Cluster } from './records.ts';

/** How often bases are looked after, in milliseconds. */
const KEEP_EVERY_MS = 3600_000;

/** What becomes of clusters, in the background: their servers are made, started, copied and removed. */
export interface Life {
  change(cluster: Cluster, change: Partial<Cluster>): Cluster;
  /** Runs the jobs that a cluster's status and its snapshots require, after the jobs that run already. */
  goOn(id: string): void;
  /** Starts the servers, and continues creations and removals that were interrupted. */
  resume(): Promise<void>;
  stop(): Promise<void>;
}

export function createLife(kernel: Kernel, parts: Parts): Life {
  const { clusters, servers } = parts;
  const jobs = createJobs(parts);
  const work = new Map<string, Promise<void>>();
  let stopping = false;
  let keeping: NodeJS.Timeout | undefined;

  const change = (cluster: Cluster, changed: Partial<Cluster>): Cluster => {
    const next = { ...cluster, ...changed };
    clusters.put(cluster.id, next);
    return next;
  };
  const note = (id: string, error: Error): void => kernel.note(`rds ${id}: ${error.stack ?? error.message}`);
  const next = async (id: string): Promise<void> => {
    const cluster = clusters.get(id);
    if (cluster?.status === 'creating') await jobs.make(cluster);
    if (cluster?.status === 'resetting-master-credentials') await jobs.resetPassword(cluster);
    if (cluster !== undefined) await jobs.takeSnapshots(cluster, (error) => note(id, error));
    if (cluster?.status === 'deleting') await jobs.erase(cluster);
  };
  /** A failure is the operator's to read. */
  const failed = (id: string, error: Error): void => {
    if (stopping) return;
    note(id, error);
    const cluster = clusters.get(id);
    if (cluster?.status === 'creating') change(cluster, { status: 'failed' });
  };
  const then = (id: string, job: () => Promise<void>): void => {
    const before = work.get(id) ?? Promise.resolve();
    work.set(
      id,
      before.then(job).catch((error: Error) => failed(id, error)),
    );
  };
  const goOn = (id: string) => then(id, () => next(id));
  const keepBases = (): void => {
    for (const [id, { resourceId, backupDays, status }] of clusters.entries())
      if (status === 'available') then(id, () => servers.keepBases(resourceId, backupDays));
  };

  return {
    change,
    goOn,
    async resume() {
      servers.sweep();
      const all = clusters.entries().map(([, cluster]) => cluster);
      const made = all.filter(({ status }) => status === 'available' || status === 'resetting-master-credentials');
      await Promise.all(
        made.map(async (cluster) => {
          change(cluster, { port: await servers.start(cluster.resourceId, cluster.port) });
        }),
      );
      for (const { id } of all) goOn(id);
      keepBases();
      keeping = setInterval(keepBases, KEEP_EVERY_MS);
      keeping.unref();
    },
    async stop() {
      stopping = true;
      clearInterval(keeping);
      await Promise.allSettled(work.values());
      await servers.stopAll();
    },
  };
}
