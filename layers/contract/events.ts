import * as z from 'zod';
import { type IdKind, idSchema } from './ids.ts';
import { type Action, allows, type Role } from './roles.ts';
import { Instant } from './schemas/common.ts';
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
  schema: () => Promise<S>,
  reader: Action | Reader | undefined,
) {
  return { aggregate, version, schema, reader: typeof reader === 'string' ? { action: reader } : reader } as const;
}

/** Admins see all tokens of the team, others their own. */
const ofTokens: Reader = { action: 'member.manage', own: true };

/*
 * The schemas of the events' data. A function loads a schema at its first event of that kind: all of them together would take a third of the time in
 * which a function starts.
 */
const identity = () => import('./schemas/identity.ts');
const projects = () => import('./schemas/projects.ts');
const databases = () => import('./schemas/databases.ts');
const channels = () => import('./schemas/channels.ts');
const team = async () => (await identity()).Team;
const member = async () => (await identity()).Member;
const invitation = async () => (await identity()).Invitation;
const token = async () => (await identity()).ApiToken;
const sessionEnded = async () => (await identity()).SessionEnded;
const project = async () => (await projects()).Project;
const environment = async () => (await projects()).Environment;
const service = async () => (await import('./schemas/services.ts')).Service;
const installation = async () => (await import('./schemas/source.ts')).Installation;
const variablesChanged = async () => (await import('./schemas/variables.ts')).VariablesChanged;
const deployment = async () => (await import('./schemas/deployments.ts')).Deployment;
const health = async () => (await import('./schemas/health.ts')).InstanceHealth;
const database = async () => (await databases()).Database;
const databaseConnected = async () => (await databases()).DatabaseConnected;
const backup = async () => (await import('./schemas/backups.ts')).Backup;
const alert = async () => (await import('./schemas/alerts.ts')).Alert;
const channel = async () => (await channels()).Channel;
const noticeRequested = async () => (await channels()).NoticeRequested;
const execSession = async () => (await import('./schemas/exec.ts')).ExecSession;

/** Every event: its subject, the version of its schema, the schema of its data, and its readers. */
export const events = {
  'team.created': declareEvent('team', 1, team, 'team.read'),
  'team.updated': declareEvent('team', 1, team, 'team.read'),
  'member.joined': declareEvent('team', 1, member, 'member.read'),
  'member.changed': declareEvent('team', 1, member, 'member.read'),
  'member.removed': declareEvent('team', 1, member, 'member.read'),
  'invitation.created': declareEvent('invitation', 1, invitation, 'invitation.manage'),
  'invitation.accepted': declareEvent('invitation', 1, invitation, 'invitation.manage'),
  'invitation.revoked': declareEvent('invitation', 1, invitation, 'invitation.manage'),
  'token.created': declareEvent('token', 1, token, ofTokens),
  'token.revoked': declareEvent('token', 1, token, ofTokens),
  'session.ended': declareEvent('user', 1, sessionEnded, undefined),
  'project.created': declareEvent('project', 1, project, 'project.read'),
  'project.updated': declareEvent('project', 1, project, 'project.read'),
  'project.deletion-requested': declareEvent('project', 1, project, 'project.read'),
  'project.deleted': declareEvent('project', 1, project, 'project.read'),
  'environment.created': declareEvent('environment', 1, environment, 'environment.read'),
  'environment.updated': declareEvent('environment', 1, environment, 'environment.read'),
  'environment.deletion-requested': declareEvent('environment', 1, environment, 'environment.read'),
  'environment.deleted': declareEvent('environment', 1, environment, 'environment.read'),
  'service.created': declareEvent('service', 1, service, 'service.read'),
  'service.updated': declareEvent('service', 1, service, 'service.read'),
  'service.deletion-requested': declareEvent('service', 1, service, 'service.read'),
  'service.deleted': declareEvent('service', 1, service, 'service.read'),
  'installation.joined': declareEvent('installation', 1, installation, 'installation.read'),
  'installation.changed': declareEvent('installation', 1, installation, 'installation.read'),
  'installation.left': declareEvent('installation', 1, installation, 'installation.read'),
  'variables.changed': declareEvent('variableSet', 1, variablesChanged, 'variable.read'),
  'deployment.queued': declareEvent('deployment', 1, deployment, 'deployment.read'),
  'deployment.advanced': declareEvent('deployment', 1, deployment, 'deployment.read'),
  'deployment.finished': declareEvent('deployment', 1, deployment, 'deployment.read'),
  'service.stopped': declareEvent('health', 1, health, 'deployment.read'),
  'health.changed': declareEvent('health', 1, health, 'deployment.read'),
  'database.created': declareEvent('database', 1, database, 'database.read'),
  'database.ready': declareEvent('database', 1, database, 'database.read'),
  'database.failed': declareEvent('database', 1, database, 'database.read'),
  'database.deletion-requested': declareEvent('database', 1, database, 'database.read'),
  'database.deleted': declareEvent('database', 1, database, 'database.read'),
  'database.change-requested': declareEvent('database', 1, database, 'database.read'),
  'database.changed': declareEvent('database', 1, database, 'database.read'),
  'database.rotation-requested': declareEvent('database', 1, database, 'database.read'),
  'database.rotated': declareEvent('database', 1, database, 'database.read'),
  'database.drilled': declareEvent('database', 1, database, 'database.read'),
  'database.switched': declareEvent('database', 1, database, 'database.read'),
  'database.connected': declareEvent('database', 1, databaseConnected, undefined),
  'backup.requested': declareEvent('backup', 1, backup, 'backup.read'),
  'backup.ready': declareEvent('backup', 1, backup, 'backup.read'),
  'backup.failed': declareEvent('backup', 1, backup, 'backup.read'),
  'backup.deletion-requested': declareEvent('backup', 1, backup, 'backup.read'),
  'backup.deleted': declareEvent('backup', 1, backup, 'backup.read'),
  'alert.created': declareEvent('alert', 1, alert, 'alert.read'),
  'alert.updated': declareEvent('alert', 1, alert, 'alert.read'),
  'alert.deleted': declareEvent('alert', 1, alert, 'alert.read'),
  'alert.fired': declareEvent('alert', 1, alert, 'alert.read'),
  'alert.resolved': declareEvent('alert', 1, alert, 'alert.read'),
  'alert.changed': declareEvent('alert', 1, alert, 'alert.read'),
  'channel.created': declareEvent('channel', 1, channel, 'channel.read'),
  'channel.updated': declareEvent('channel', 1, channel, 'channel.read'),
  'channel.deleted': declareEvent('channel', 1, channel, 'channel.read'),
  'notice.requested': declareEvent('notice', 1, noticeRequested, undefined),
  'exec.requested': declareEvent('exec', 1, execSession, 'service.exec'),
  'exec.ended': declareEvent('exec', 1, execSession, 'service.exec'),
} as const;

export type EventName = keyof typeof events;
export type EventData<N extends EventName> = z.output<Awaited<ReturnType<(typeof events)[N]['schema']>>>;

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

/** An event's data, checked against the schema of its event. Throws a ZodError for data that does not fit. */
export async function checkedData<N extends EventName>(name: N, data: unknown): Promise<EventData<N>> {
  const schema = await events[name].schema();
  return schema.parse(data) as EventData<N>;
}

/** The envelope's data, as in `checkedData`. */
export function eventData<N extends EventName>(name: N, { data }: EventEnvelope): Promise<EventData<N>> {
  return checkedData(name, data);
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
