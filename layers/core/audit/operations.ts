import type { AuditEntry, AuditQuery } from '@gantry/contract/schemas/audit.ts';
import { authorise } from '../access/authorise.ts';
import type { Caller } from '../access/caller.ts';
import { monthBefore, monthOf } from '../kernel/audit/months.ts';
import { AuditEntity, type AuditRecord } from '../kernel/audit/store.ts';
import { teamAt } from '../records/identity-lookups.ts';
import { decodeCursor, encodeCursor, type Position } from './cursor.ts';
import { viewAuditEntry } from './view.ts';

const DEFAULT_LIMIT = 25;
/** A request reads at most this many rows. A filter that matches little makes pages short, not slow. */
const ROWS = 200;
const READS = 12;

/** Sort before and after every event id. */
const [FIRST, LAST] = ['!', '~'];

/**
 * The audit log of a team, newest first. It is read month by month, and one request reads a bounded number of rows, so an empty page may have a next
 * one. Throws Invalid for a cursor of another list.
 */
export async function listAudit(
  caller: Caller,
  { teamId }: { readonly teamId: string },
  query: AuditQuery,
): Promise<{ items: AuditEntry[]; next: string | null }> {
  const { found } = await authorise(caller, 'audit.read', { teamId }, teamAt(teamId));
  const earliest = latest(instant(query.from) ?? '', found[0].createdAt);
  const end = instant(query.to) ?? new Date().toISOString();
  let position = query.cursor === undefined ? { at: end, eventId: LAST } : decodeCursor(query.cursor);
  let month = monthOf(position.at);
  const limit = query.limit === undefined ? DEFAULT_LIMIT : Number(query.limit);
  const items: AuditEntry[] = [];
  for (let reads = 0; reads < READS; reads += 1) {
    const rows = await readBefore(teamId, month, earliest, position);
    for (const row of rows) {
      position = row;
      if (!matches(row, query)) continue;
      items.push(viewAuditEntry(row));
      if (items.length === limit) return { items, next: encodeCursor(position) };
    }
    if (rows.length === ROWS) continue;
    if (month <= monthOf(earliest)) return { items, next: null };
    month = monthBefore(month);
    position = { at: `${month}-31T23:59:59.999Z`, eventId: LAST };
  }
  return { items, next: encodeCursor(position) };
}

/** Up to 200 rows of a month, newest first: from `earliest` on, and before the position. */
async function readBefore(teamId: string, month: string, earliest: string, { at, eventId }: Position) {
  if (at < earliest) return [];
  const { data } = await AuditEntity.query
    .primary({ teamId, month })
    .between({ at: earliest, eventId: FIRST }, { at, eventId })
    .go({ order: 'desc', limit: ROWS + 1 });
  return data.filter((row) => row.eventId !== eventId).slice(0, ROWS);
}

function matches(row: AuditRecord, { actor, target, event }: AuditQuery): boolean {
  return (
    (actor === undefined || row.actor === actor) &&
    (target === undefined || row.target === target) &&
    (event === undefined || row.name === event)
  );
}

/** Rows have milliseconds; an instant in a query may have fewer or more digits. */
function instant(text: string | undefined): string | undefined {
  return text === undefined ? undefined : new Date(text).toISOString();
}

function latest(one: string, other: string): string {
  return one > other ? one : other;
}
