import { GantryError } from '@gantry/contract/errors.ts';
import { execLimits } from '@gantry/contract/schemas/exec.ts';
import { item, unlessRefused } from '../kernel/entity.ts';
import type { Write } from '../kernel/write.ts';
import { type ExecRecord, ExecSlotEntity, type ExecSlotRecord } from '../records/exec.ts';
import type { InstanceKey } from '../records/instances.ts';

/** How long a broker may take to claim a session, and how long it keeps its place after each sign of life, in milliseconds. */
const TAKEN_UP_MS = 60_000;
const ALIVE_MS = 30_000;

/** The places for sessions of a service in an environment. */
export async function slotsOf({ teamId, serviceId, environmentId }: InstanceKey): Promise<ExecSlotRecord[]> {
  const query = ExecSlotEntity.query.primary({ teamId, serviceId, environmentId });
  return (await query.go({ pages: 'all', consistent: true })).data;
}

/** A place that is free at `now`, in milliseconds since 1970. Throws QuotaExceeded without one. */
export function freeSlot(slots: readonly ExecSlotRecord[], now: number): number {
  const taken = new Set(slots.filter(({ until }) => until > now).map(({ slot }) => slot));
  for (let slot = 0; slot < execLimits.sessionsPerService; slot += 1) if (!taken.has(slot)) return slot;
  throw new GantryError(
    'QuotaExceeded',
    `At most ${execLimits.sessionsPerService} commands run in a service at a time. End one of them first.`,
  );
}

/** Takes a place in the transaction that records its session; refused when another session took it meanwhile. */
export function takeSlot(key: InstanceKey, slot: number, execId: string, now: number): Write {
  const { teamId, serviceId, environmentId } = key;
  const record = { teamId, serviceId, environmentId, slot, execId, until: now + TAKEN_UP_MS };
  const write = ExecSlotEntity.put(record).where(
    ({ until }, { notExists, lt }) => `${notExists(until)} OR ${lt(until, now)}`,
  );
  return { item: item.put(write) };
}

/** Records a sign of life. False when another session has the place by now. */
export async function holdSlot(record: ExecRecord): Promise<boolean> {
  const write = ExecSlotEntity.patch(keyOf(record))
    .set({ until: Date.now() + ALIVE_MS })
    .where(({ execId }, { eq }) => eq(execId, record.id));
  return (await unlessRefused(() => write.go())) !== undefined;
}

/** Frees the place of an ended session. */
export async function freeSlotOf(record: ExecRecord): Promise<void> {
  const write = ExecSlotEntity.remove(keyOf(record)).where(({ execId }, { eq }) => eq(execId, record.id));
  await unlessRefused(() => write.go());
}

function keyOf({ teamId, serviceId, environmentId, slot }: ExecRecord) {
  return { teamId, serviceId, environmentId, slot };
}
