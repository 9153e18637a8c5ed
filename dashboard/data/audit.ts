import type { AuditEntry, AuditQuery } from '@gantry/contract/schemas/audit.ts';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { client } from './client.ts';

/** The filters of the audit log, in the address. */
export type AuditFilter = Pick<AuditQuery, 'event' | 'actor' | 'target' | 'from' | 'to'>;

const FIELDS = ['event', 'actor', 'target', 'from', 'to'] as const;
const PAGE = '50';
/** The most entries of an export: the newest ones. */
const MOST_EXPORTED = 10_000;

/** The filter in an address, without values that are no text. The API checks the rest. */
export function auditSearch(search: Record<string, unknown>): AuditFilter {
  const given = FIELDS.map((field) => [field, search[field]] as const);
  return Object.fromEntries(given.filter(([, value]) => typeof value === 'string' && value !== ''));
}

function readPage(teamId: string, filter: AuditFilter, cursor: string | undefined, limit = PAGE) {
  return client('audit.list', { params: { teamId }, query: { ...filter, limit, ...(cursor && { cursor }) } });
}

/** The audit log of a team, page by page. `more` reads the next page; it is undefined at the end. */
export function useAudit(teamId: string) {
  const filters = auditSearch(useSearch({ strict: false }));
  const navigate = useNavigate();
  const query = useInfiniteQuery({
    queryKey: ['audit.list', teamId, filters],
    initialPageParam: '',
    queryFn: ({ pageParam }) => readPage(teamId, filters, pageParam),
    getNextPageParam: ({ next }) => next,
    throwOnError: true,
  });
  return {
    filters,
    entries: query.data?.pages.flatMap(({ items }) => items) ?? [],
    isLoading: query.isPending,
    isLoadingMore: query.isFetchingNextPage,
    more: query.hasNextPage ? () => void query.fetchNextPage() : undefined,
    setFilters: (next: AuditFilter) => void navigate({ to: '.', search: auditSearch(next), replace: true }),
  };
}

/** The entries that match as CSV (RFC 4180), the newest 10,000 at most. */
export async function exportAudit(teamId: string, filter: AuditFilter): Promise<string> {
  const lines = [['at', 'event', 'actor', 'target', 'request', 'id'].join()];
  let cursor: string | undefined;
  do {
    const { items, next } = await readPage(teamId, filter, cursor, '100');
    lines.push(...items.map(csvLine));
    cursor = next ?? undefined;
  } while (cursor !== undefined && lines.length <= MOST_EXPORTED);
  return `${lines.slice(0, MOST_EXPORTED + 1).join('\r\n')}\r\n`;
}

function csvLine({ at, event, actor, target, requestId, id }: AuditEntry): string {
  return [at, event, actor, target, requestId ?? '', id].map((value) => `"${value.replaceAll('"', '""')}"`).join();
}
