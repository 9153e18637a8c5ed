import { checkedData, type EventData, EventEnvelope, type EventName, events } from '@gantry/contract/events.ts';
import { newId } from '@gantry/contract/ids.ts';
import { auditWrite } from '../audit/writes.ts';
import { item } from '../entity.ts';
import { currentTraceId } from '../request.ts';
import { ttlAfter } from '../table.ts';
import { OutboxEntity } from './store.ts';

/** How long a committed event stays in the table, in seconds: longer than the 24 hours of the stream. */
const KEPT_SECONDS = 7 * 24 * 3600;

/** A change to one aggregate, for `transact`: `version` is the aggregate's after the change. */
export interface Change<N extends EventName> {
  readonly name: N;
  /** Absent for an event about a person without a team, which has no audit row. */
  readonly teamId?: string;
  readonly aggregate: { readonly id: string; readonly version: number };
  /** The user who caused the event, or the part of the platform that did (`deploy`). */
  readonly actor: string;
  /** Set when the event belongs to another trace than the present work. */
  readonly traceId?: string;
  readonly data: EventData<N>;
  /** Details for the audit row, beyond the ids. */
  readonly detail?: string;
}

/**
 * The writes of a change's event and audit row. Both schemas are checked before the commit, because an unreadable event would block the relay for all
 * later events.
 */
export async function outboxWrites<N extends EventName>(change: Change<N>) {
  const { name, teamId, actor } = change;
  const at = new Date().toISOString();
  const traceId = change.traceId ?? currentTraceId();
  const envelope = EventEnvelope.parse({
    id: newId('event'),
    name,
    schemaVersion: events[name].version,
    ...(teamId !== undefined && { teamId }),
    aggregate: { id: change.aggregate.id, version: change.aggregate.version },
    actor,
    at,
    ...(traceId !== undefined && { traceId }),
    data: await checkedData(name, change.data),
  });
  const outbox = { id: envelope.id, envelope: JSON.stringify(envelope), ttl: ttlAfter(KEPT_SECONDS) };
  const put = item.put(OutboxEntity.put(outbox));
  return teamId === undefined ? [put] : [put, auditWrite(envelope, teamId, change.detail)];
}
