import type { EventEnvelope } from '@gantry/contract/events.ts';
import { item } from '../entity.ts';
import { currentRequestId } from '../request.ts';
import { monthOf } from './months.ts';
import { AuditEntity } from './store.ts';

/** The write of an event's audit row, which commits with the event; `detail` says more than the ids. */
export function auditWrite({ id, name, aggregate, actor, at }: EventEnvelope, teamId: string, detail?: string) {
  const requestId = currentRequestId();
  const row = { teamId, month: monthOf(at), at, eventId: id, name, target: aggregate.id, actor };
  const more = { ...(requestId !== undefined && { requestId }), ...(detail !== undefined && { detail }) };
  return item.put(AuditEntity.put({ ...row, ...more }));
}
