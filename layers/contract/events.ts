import * as z from 'zod';
import { type IdKind, idSchema } from './ids.ts';
import { type Action, allows, type Role } from './roles.ts';
import { Backup } from './schemas/backups.ts';
import { Instant } from './schemas/common.ts';
import { Database, DatabaseConnected } from './schemas/databases.ts';
import { Deployment } from './schemas/deployments.ts';
import { ExecSession } from './schemas/exec.ts';
import { InstanceHealth } from './schemas/health.ts';
import { ApiToken, Invitation, Member, SessionEnded, Team } from './schemas/identity.ts';
import { Environment, Project } from './schemas/projects.ts';
import { Service } from './schemas/services.ts';
import { Installation } from './schemas/source.ts';
import { VariablesChanged } from './schemas/variables.ts';
import { TraceId } from './trace.ts';

/** The source of Gantry's events on the bus. */
export const EVENT_SOURCE = 'gantry';

/** Who may read an event: users whose role allows `action`, as on the route that shows its subject; with `own` also the user named in its data. */
interface Reader {
  readonly action: Action;
  readonly own?: true;
}

/** Without a reader, an event is for the platform's own consumers only: no topic carries it. */
function declareEvent<const A extends IdKind, S extends z.ZodType>(
  aggregate: A,
  version: number,
  data: S,
  reader: Action | Reader | undefined,
) {
  return { aggregate, version, data, reader: typeof reader === 'string' ? { action: reader } : reader } as const;
}

/** Admins see all tokens of the team, others their own. */
const ofTokens: Reader = { action: 'member.manage', own: true };

/** Every event: its subject, the version of its schema, its data, and its readers. */
export const events = {
  'team.created': declareEvent('team', 1, Team, 'team.read'),
  'team.updated': declareEvent('team', 1, Team, 'team.read'),
  'member.joined': declareEvent('team', 1, Member, 'member.read'),
  'member.changed': declareEvent('team', 1, Member, 'member.read'),
  'member.removed': declareEvent('team', 1, Member, 'member.read'),
  'invitation.created': declareEvent('invitation', 1, Invitation, 'invitation.manage'),
  'invitation.accepted': declareEvent('invitation', 1, Invitation, 'invitation.manage'),
  'invitation.revoked': declareEvent('invitation', 1, Invitation, 'invitation.manage'),
  'token.created': declareEvent('token', 1, ApiToken, ofTokens),
  'token.revoked': declareEvent('token', 1, ApiToken, ofTokens),
  'session.ended': declareEvent('user', 1, SessionEnded, undefined),
  'project.created': declareEvent('project', 1, Project, 'project.read'),
  'project.updated': declareEvent('project', 1, Project, 'project.read'),
  'project.deletion-requested': declareEvent('project', 1, Project, 'project.read'),
  'project.deleted': declareEvent('project', 1, Project, 'project.read'),
  'environment.created': declareEvent('environment', 1, Environment, 'environment.read'),
  'environment.updated': declareEvent('environment', 1, Environment, 'environment.read'),
  'environment.deletion-requested': declareEvent('environment', 1, Environment, 'environment.read'),
  'environment.deleted': declareEvent('environment', 1, Environment, 'environment.read'),
  'service.created': declareEvent('service', 1, Service, 'service.read'),
  'service.updated': declareEvent('service', 1, Service, 'service.read'),
  'service.deletion-requested': declareEvent('service', 1, Service, 'service.read'),
  'service.deleted': declareEvent('service', 1, Service, 'service.read'),
  'installation.joined': declareEvent('installation', 1, Installation, 'installation.read'),
  'installation.changed': declareEvent('installation', 1, Installation, 'installation.read'),
  'installation.left': declareEvent('installation', 1, Installation, 'installation.read'),
  'variables.changed': declareEvent('variableSet', 1, VariablesChanged, 'variable.read'),
  'deployment.queued': declareEvent('deployment', 1, Deployment, 'deployment.read'),
  'deployment.advanced': declareEvent('deployment', 1, Deployment, 'deployment.read'),
  'deployment.finished': declareEvent('deployment', 1, Deployment, 'deployment.read'),
  'service.stopped': declareEvent('health', 1, InstanceHealth, 'deployment.read'),
  'health.changed': declareEvent('health', 1, InstanceHealth, 'deployment.read'),
  'database.created': declareEvent('database', 1, Database, 'database.read'),
  'database.ready': declareEvent('database', 1, Database, 'database.read'),
  'database.failed': declareEvent('database', 1, Database, 'database.read'),
  'database.deletion-requested': declareEvent('database', 1, Database, 'database.read'),
  'database.deleted': declareEvent('database', 1, Database, 'database.read'),
  'database.change-requested': declareEvent('database', 1, Database, 'database.read'),
  'database.changed': declareEvent('database', 1, Database, 'database.read'),
  'database.rotation-requested': declareEvent('database', 1, Database, 'database.read'),
  'database.rotated': declareEvent('database', 1, Database, 'database.read'),
  'database.connected': declareEvent('database', 1, DatabaseConnected, undefined),
  'backup.requested': declareEvent('backup', 1, Backup, 'backup.read'),
  'backup.ready': declareEvent('backup', 1, Backup, 'backup.read'),
  'backup.failed': declareEvent('backup', 1, Backup, 'backup.read'),
  'backup.deletion-requested': declareEvent('backup', 1, Backup, 'backup.read'),
  'backup.deleted': declareEvent('backup', 1, Backup, 'backup.read'),
  'exec.requested': declareEvent('exec', 1, ExecSession, 'service.exec'),
  'exec.ended': declareEvent('exec', 1, ExecSession, 'service.exec'),
} as const;

export type EventName = keyof typeof events;
export type EventData<N extends EventName> = z.output<(typeof events)[N]['data']>;

/** An event in transit. `aggregate.version` was assigned in the committing transaction, and orders the events of an aggregate. */
export const EventEnvelope = z.strictObject({
  id: idSchema('event'),
  name: z.enum(Object.keys(events) as [EventName, ...EventName[]]),
  schemaVersion: z.int(),
  /** Absent for an event about a person without a team. */
  teamId: idSchema('team').optional(),
  aggregate: z.strictObject({ id: z.string(), version: z.int() }),
  /** The user who caused it, or the part of the platform that did. */
  actor: z.string(),
  at: Instant,
  /** The trace of the request behind it; absent for events without one, such as those of schedules. */
  traceId: TraceId.optional(),
  data: z.unknown(),
});
export type EventEnvelope = z.infer<typeof EventEnvelope>;

/** The envelope's data, checked against the schema of its event. Throws a ZodError for data that does not fit. */
export function eventData<N extends EventName>(name: N, envelope: EventEnvelope): EventData<N> {
  return events[name].data.parse(envelope.data) as EventData<N>;
}

/** The team of an event that belongs to one. */
export function teamOf({ id, teamId }: EventEnvelope): string {
  if (teamId === undefined) throw new Error(`event ${id} is of no team`);
  return teamId;
}

/** Whether a user with this role, on the team or on the followed project, may read an event. */
export function mayRead(
  { name, data }: EventEnvelope,
  reader: { readonly userId: string; readonly role: Role },
): boolean {
  const rule: Reader | undefined = events[name].reader;
  if (rule === undefined) return false;
  if (allows(reader.role, rule.action)) return true;
  return rule.own === true && Owned.safeParse(data).data?.userId === reader.userId;
}

const Owned = z.object({ userId: z.string() });
