import { setTimeout as sleep } from 'node:timers/promises';
import { type Bed, type Counts, counted } from './platform.ts';

const QUIET_MS = 700;
const LONGEST_MS = 10_000;

/** The meter once it has not moved for a while, when all consequences of the work are over. */
export async function settled(bed: Bed): Promise<Counts> {
  const deadline = Date.now() + LONGEST_MS;
  let last = await bed.usage();
  for (let quiet = 0; quiet < QUIET_MS; quiet += 100) {
    await sleep(100);
    const next = await bed.usage();
    if (Object.keys(counted(last, next)).length > 0) quiet = -100;
    last = next;
    if (Date.now() > deadline) throw new Error('the platform did not come to rest');
  }
  return last;
}

/** Resolves once the bus has taken `count` events in all, with a check every 10 ms. Throws after `ms`. */
export async function published(bed: Bed, count: number, ms: number): Promise<void> {
  const deadline = Date.now() + ms;
  for (;;) {
    const taken = (await bed.usage())['events.events'] ?? 0;
    if (taken >= count) return;
    if (Date.now() > deadline) throw new Error(`the bus has ${taken} of ${count} events after ${ms} ms`);
    await sleep(10);
  }
}
