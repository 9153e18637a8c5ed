import type { EventFrame } from '@gantry/client/state.ts';
import type { OperationId } from '@gantry/contract/routes.ts';
import type { Query, QueryClient } from '@tanstack/react-query';

/** A record with an id and a version, as events carry it. */
interface Versioned {
  readonly id: string;
  readonly version: number;
}

/** The reads that an event changes, by its noun. */
const reads: Readonly<Record<string, readonly OperationId[]>> = {
  team: ['teams.get', 'session.get'],
  member: ['members.list', 'session.get'],
  invitation: ['invitations.list'],
  token: ['tokens.list'],
  project: ['projects.list', 'projects.get'],
  environment: ['environments.list', 'environments.get'],
  service: ['services.list', 'services.get'],
  installation: ['installations.list'],
  variables: ['variables.get', 'variables.staged', 'variables.history', 'variables.resolve', 'databases.get'],
  // The deletion of a database leaves a backup.
  database: ['databases.list', 'databases.get', 'backups.list'],
  backup: ['backups.list'],
  alert: ['alerts.list'],
  channel: ['channels.list'],
  deployment: ['deployments.list', 'deployments.get', 'deployments.recent', 'deployments.current'],
  health: ['deployments.health', 'deployments.healthOfEnvironment'],
};

/** Events whose data is the whole record: the cache takes it. */
const wholes = new Set(['project', 'environment', 'service', 'deployment', 'health', 'backup', 'alert', 'channel']);

/** Applies an event to the cache. It patches the reads that hold the record, and reads lists again that it may join or leave. */
export function applyEvent(queries: QueryClient, { name, data }: EventFrame): void {
  // The event of a stopped service has its health as data.
  const [noun = '', verb = ''] = name === 'service.stopped' ? ['health', 'changed'] : name.split('.');
  const operations = reads[noun] ?? [];
  for (const operation of operations) {
    const patched = wholes.has(noun) && patch(queries, operation, data as Versioned);
    const joinsOrLeaves = verb === 'created' || verb === 'queued' || verb === 'deleted';
    if (!patched || joinsOrLeaves) void queries.invalidateQueries({ queryKey: [operation], predicate: isOf(data) });
  }
}

/** Whether a query is about the same project, service and environment as the event's data. Only names that both have are compared. */
function isOf(data: unknown): (query: Query) => boolean {
  const subject = data as Readonly<Record<string, unknown>>;
  return ({ queryKey: [, input] }) => {
    const { params = {} } = (input ?? {}) as { readonly params?: Readonly<Record<string, string>> };
    return Object.entries(params).every(([name, value]) => !(name in subject) || subject[name] === value);
  };
}

function patch(queries: QueryClient, operation: OperationId, next: Versioned): boolean {
  let found = false;
  const newer = (before: unknown): unknown => {
    if (!isVersioned(before) || before.id !== next.id) return before;
    found = true;
    return next.version > before.version ? next : before;
  };
  queries.setQueriesData<unknown>({ queryKey: [operation] }, (before: unknown) => {
    if (Array.isArray(before)) return before.map(newer);
    if (hasItems(before)) return { ...before, items: before.items.map(newer) };
    if (hasPages(before))
      return { ...before, pages: before.pages.map((page) => ({ ...page, items: page.items.map(newer) })) };
    return newer(before);
  });
  return found;
}

interface Page {
  readonly items: readonly unknown[];
}

const isVersioned = (value: unknown): value is Versioned =>
  typeof value === 'object' && value !== null && 'version' in value;
const hasItems = (value: unknown): value is Page => typeof value === 'object' && value !== null && 'items' in value;
const hasPages = (value: unknown): value is { readonly pages: readonly Page[] } =>
  typeof value === 'object' && value !== null && 'pages' in value;
