import type { AuditEntry } from '@gantry/contract/schemas/audit.ts';
import type { AuditRecord } from '../kernel/audit/store.ts';

export function viewAuditEntry({ eventId, name, actor, target, at, requestId, detail }: AuditRecord): AuditEntry {
  return { id: eventId, event: name, actor, target, at, detail: detail ?? null, requestId: requestId ?? null };
}
