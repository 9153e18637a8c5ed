import { setTimeout as sleep } from 'node:timers/promises';
import { writingAs } from '@gantry/cloud/kubernetes/writer.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { unlessRefused } from '../kernel/entity.ts';
import { LeaseEntity } from '../records/deployments.ts';
import type { InstanceKey } from '../records/instances.ts';

/** How long a holder may write before another may take over, in milliseconds. */
const LEASE_MS = 60_000;
/** A request to the cluster that was given up may still be carried out for a moment. */
const MARGIN_MS = 5_000;
/** How long one waits for a holder: one that died is waited for until its lease ends. */
const WAIT_MS = LEASE_MS + 10_000;
const POLL_MS = 50;

/** The writer's generation. Once a newer generation has held the lease, an older one is refused. */
export interface Writer {
  readonly generation: number;
  /** The part of the work. The same part of the same generation may take its own lease again: the earlier attempt has ended. */
  readonly part: string;
}

/**
 * Runs `work`, which writes an instance's objects in the cluster, while nobody else does. The lease is held for a minute at most, and no
 * request to the cluster is on its way after that, so that a function which runs on after its machine was stopped can write nothing late.
 * Throws Superseded where a newer generation has written, and Unavailable where the holder did not let go in time.
 */
export async function underLease<T>(key: InstanceKey, writer: Writer, work: () => Promise<T>): Promise<T> {
  const until = await acquire(key, writer);
  try {
    return await writingAs({ name: `generation ${writer.generation} ${writer.part}`, until: until - MARGIN_MS }, work);
  } finally {
    await letGo(key, writer);
  }
}

/** Lets go of the lease, also of one that an attempt which will not run again has left behind; harmless where another holds it. */
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
