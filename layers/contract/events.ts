import * as z from 'zod';
import { type IdKind, idSchema } from './ids.ts';
import { Instant } from './schemas/common.ts';
import { Deployment } from './schemas/deployments.ts';
import { InstanceHealth } from './schemas/health.ts';
import { ApiToken, Invitation, Member, Team } from './schemas/identity.ts';
import { Environment, Project } from './schemas/projects.ts';
import { Service } from './schemas/services.ts';
import { Installation } from './schemas/source.ts';
import { VariablesChanged } from './schemas/variables.ts';
import { TraceId } from './trace.ts';

/** The source that Gantry's events carry on the bus. */
export const EVENT_SOURCE = 'gantry';

function declareEvent<const A extends IdKind, S extends z.ZodType>(aggregate: A, version: number, data: S) {
  return { aggregate, version, data } as const;
}

/** Every event: what it is about, the version of its schema, and its data. */
export const events = {
  'team.created': declareEvent('team', 1, Team),
  'team.updated': declareEvent('team', 1, Team),
  'member.joined': declareEvent('team', 1, Member),
  'member.changed': declareEvent('team', 1, Member),
  'member.removed': declareEvent('team', 1, Member),
  'invitation.created': declareEvent('invitation', 1, Invitation),
  'invitation.accepted': declareEvent('invitation', 1, Invitation),
  'invitation.revoked': declareEvent('invitation', 1, Invitation),
  'token.created': declareEvent('token', 1, ApiToken),
  'token.revoked': declareEvent('token', 1, ApiToken),
  'project.created': declareEvent('project', 1, Project),
  'project.updated': declareEvent('project', 1, Project),
  'project.deletion-requested': declareEvent('project', 1, Project),
  'project.deleted': declareEvent('project', 1, Project),
  'environment.created': declareEvent('environment', 1, Environment),
  'environment.updated': declareEvent('environment', 1, Environment),
  'environment.deletion-requested': declareEvent('environment', 1, Environment),
  'environment.deleted': declareEvent('environment', 1, Environment),
  'service.created': declareEvent('service', 1, Service),
  'service.updated': declareEvent('service', 1, Service),
  'service.deletion-requested': declareEvent('service', 1, Service),
  'service.deleted': declareEvent('service', 1, Service),
  'installation.joined': declareEvent('installation', 1, Installation),
  'installation.changed': declareEvent('installation', 1, Installation),
  'installation.left': declareEvent('installation', 1, Installation),
  'variables.changed': declareEvent('variableSet', 1, VariablesChanged),
  'deployment.queued': declareEvent('deployment', 1, Deployment),
  'deployment.advanced': declareEvent('deployment', 1, Deployment),
  'deployment.finished': declareEvent('deployment', 1, Deployment),
  'health.changed': declareEvent('health', 1, InstanceHealth),
} as const;

export type EventName = keyof typeof events;
export type EventData<N extends EventName> = z.output<(typeof events)[N]['data']>;

/** An event on its way: `aggregate.version` was assigned in the transaction that committed it, and orders it. */
export const EventEnvelope = z.strictObject({
  id: idSchema('event'),
  name: z.enum(Object.keys(events) as [EventName, ...EventName[]]),
  schemaVersion: z.int(),
  teamId: idSchema('team'),
  aggregate: z.strictObject({ id: z.string(), version: z.int() }),
  /** The user who caused it, or the part of the platform that did. */
  actor: z.string(),
  at: Instant,
  /** The request that it follows from; absent where it follows from none, such as a schedule's. */
  traceId: TraceId.optional(),
  data: z.unknown(),
});
export type EventEnvelope = z.infer<typeof EventEnvelope>;

/** The envelope's data, checked against the schema of its event. Throws a ZodError where it does not fit. */
export function eventData<N extends EventName>(name: N, envelope: EventEnvelope): EventData<N> {
  return events[name].data.parse(envelope.data) as EventData<N>;
}
