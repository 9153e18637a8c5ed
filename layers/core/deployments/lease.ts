import { setTimeout as sleep } from 'node:timers/promises';
import { writingAs } from '@gantry/cloud/kubernetes/writer.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { unlessRefused } from '../kernel/entity.ts';
import { LeaseEntity } from '../records/deployments.ts';
import type { InstanceKey } from '../records/instances.ts';

/** How long a holder may write before another may take the lease over, in milliseconds. */
const LEASE_MS = 60_000;
/** An abandoned request to the cluster may still be carried out for a moment. */
const MARGIN_MS = 5_000;
/** How long a caller waits for the holder: a dead holder keeps the lease until its end. */
const WAIT_MS = LEASE_MS + 10_000;
const POLL_MS = 50;

/** The writer's generation. Once a newer generation has held the lease, an older one is refused. */
export interface Writer {
  readonly generation: number;
  /** The part of the work. A repeat of the same part by the same generation may take its own lease again: the earlier attempt has ended. */
  readonly part: string;
}

/**
 * Runs `work`, which writes an instance's objects in the cluster, exclusively. The lease lasts a minute at most, and no request to the cluster
 * outlives it. So a function that runs on after its machine was stopped writes nothing late. Throws Superseded when a newer generation has written,
 * and Unavailable when the holder did not release the lease in time.
 */
export async function underLease<T>(key: InstanceKey, writer: Writer, work: () => Promise<T>): Promise<T> {
  const until = await acquire(key, writer);
  try {
    return await writingAs({ name: `generation ${writer.generation} ${writer.part}`, until: until - MARGIN_MS }, work);
  } finally {
    await letGo(key, writer);
  }
}

/** Releases the lease, even one left by an attempt that will not run again; harmless when another holds it. */
export async function letGo({ teamId, serviceId, environmentId }: InstanceKey, writer: Writer): Promise<void> {
  const given = LeaseEntity.patch({ teamId, serviceId, environmentId })
    .remove(['holder', 'until'])
    .where((held, { eq }) => eq(held.holder, holderOf(writer)));
  await unlessRefused(() => given.go());
}

function holderOf({ generation, part }: Writer): string {
  return `${generation} ${part}`;
}

async function acquire(key: InstanceKey, writer: Writer): Promise<number> {
  const { teamId, serviceId, environmentId } = key;
  const { generation } = writer;
  const holder = holderOf(writer);
  for (const deadline = Date.now() + WAIT_MS; ; ) {
    const now = Date.now();
    const until = now + LEASE_MS;
    const taken = LeaseEntity.update({ teamId, serviceId, environmentId })
      .set({ generation, holder, until })
      .where(
        (held, { eq, lt, lte, notExists }) =>
          `(${notExists(held.generation)} OR ${lte(held.generation, generation)}) AND ` +
          `(${notExists(held.holder)} OR ${eq(held.holder, holder)} OR ${lt(held.until, now)})`,
      );
    if ((await unlessRefused(() => taken.go())) !== undefined) return until;
    const { data } = await LeaseEntity.get({ teamId, serviceId, environmentId }).go({ consistent: true });
    if (data !== null && data.generation > generation) {
      throw new GantryError('Superseded', 'A newer deployment of this service has taken over.');
    }
    if (now >= deadline) {
      throw new GantryError(
        'Unavailable',
        'Another deployment of this service does not let go of the cluster. Try again.',
      );
    }
    await sleep(POLL_MS);
  }
}
