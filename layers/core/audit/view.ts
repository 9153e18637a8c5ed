import type { AuditEntry } from '@gantry/contract/schemas/audit.ts';
import type { AuditRecord } from '../kernel/audit/store.ts';

export function viewAuditEntry({ eventId, name, actor, target, at, requestId }: AuditRecord): AuditEntry {
  return { id: eventId, event: name, actor, target, at, requestId: requestId ?? null };
}
