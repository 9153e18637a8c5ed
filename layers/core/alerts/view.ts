import type { Alert, AlertStateChange } from '@gantry/contract/schemas/alerts.ts';
import type { AlertChangeRecord, AlertRecord } from '../records/alerts.ts';

const MINUTE_MS = 60_000;

export function viewAlert({
  teamId,
  shard,
  told,
  judged,
  value,
  silencedUntil,
  check,
  detail,
  ...shown
}: AlertRecord): Alert {
  const isOver = silencedUntil === undefined || Date.parse(silencedUntil) <= Date.now();
  return {
    ...shown,
    value: value ?? null,
    check: check ?? null,
    detail: detail ?? null,
    silencedUntil: isOver ? null : silencedUntil,
  };
}

export function viewChange({ minute, from, to, value }: AlertChangeRecord): AlertStateChange {
  return { at: new Date((Number(minute) + 1) * MINUTE_MS).toISOString(), from, to, value: value ?? null };
}
