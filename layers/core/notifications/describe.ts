import { alertRuleText, alertValueText } from '@gantry/contract/alert-rules.ts';
import { type EventEnvelope, eventData, teamOf } from '@gantry/contract/events.ts';
import type { NoticeType } from '@gantry/contract/schemas/channels.ts';
import { lookUp, optional } from '../kernel/lookup.ts';
import { environmentAt, projectAt, serviceAt } from '../records/project-lookups.ts';
import type { Message } from './message.ts';

/** A message about an event, with what routes it. */
export interface Described {
  readonly message: Message & { readonly type: NoticeType };
  /** Absent for an event of the whole team. */
  readonly projectId?: string;
  readonly environmentId?: string;
}

type Told = Pick<Message, 'title' | 'detail' | 'tone' | 'about' | 'data'> & { readonly type: NoticeType };

/** The message about an event; undefined for one that nobody is told of. */
export async function describe(envelope: EventEnvelope): Promise<Described | undefined> {
  const teamId = teamOf(envelope);
  const told =
    (await aboutService(envelope, teamId)) ?? (await aboutData(envelope, teamId)) ?? (await aboutTeam(envelope));
  if (told === undefined) return undefined;
  const { projectId, environmentId } = told.data as { readonly projectId?: string; readonly environmentId?: string };
  return {
    message: { ...told, at: envelope.at },
    ...(projectId !== undefined && { projectId }),
    ...(environmentId !== undefined && { environmentId }),
  };
}

async function aboutService(envelope: EventEnvelope, teamId: string): Promise<Told | undefined> {
  const { name } = envelope;
  if (name === 'alert.fired' || name === 'alert.resolved') {
    const data = await eventData(name, envelope);
    const where = await placeOf({ ...data, teamId });
    const isBad = name === 'alert.fired';
    const value = data.value === null ? 'without data' : alertValueText(data.metric, data.value);
    return {
      ...{ type: name, data, about: data.id, tone: isBad ? 'bad' : 'good' },
      title: `${isBad ? 'Firing' : 'Resolved'}: ${data.name}, ${where}`,
      detail: `${alertRuleText(data)}; now ${value}.${data.detail === null || !isBad ? '' : ` ${data.detail}`}`,
    };
  }
  if (name !== 'deployment.finished') return undefined;
  const data = await eventData(name, envelope);
  if (data.status !== 'live' && data.status !== 'failed') return undefined;
  const where = await placeOf({ ...data, teamId });
  return data.status === 'live'
    ? {
        ...{ type: 'deployment.live', data, about: data.id, tone: 'good' },
        title: `${where} is live`,
        detail: data.url ?? '',
      }
    : {
        ...{ type: 'deployment.failed', data, about: data.id, tone: 'bad' },
        title: `The deployment of ${where} failed`,
        detail: data.reason?.detail ?? '',
      };
}

async function aboutData(envelope: EventEnvelope, teamId: string): Promise<Told | undefined> {
  const { name } = envelope;
  if (name === 'database.ready' || name === 'database.failed') {
    const data = await eventData(name, envelope);
    const where = `${data.slug} in ${await placeOf({ ...data, teamId })}`;
    return name === 'database.ready'
      ? { ...{ type: name, data, about: data.id, tone: 'good' }, title: `Database ${where} is ready`, detail: '' }
      : {
          ...{ type: name, data, about: data.id, tone: 'bad' },
          title: `Database ${where} failed`,
          detail: data.reason ?? '',
        };
  }
  if (name !== 'backup.failed') return undefined;
  const data = await eventData(name, envelope);
  const where = `${data.slug} in ${await placeOf({ ...data, teamId })}`;
  return {
    ...{ type: name, data, about: data.id, tone: 'bad' },
    title: `A backup of ${where} failed`,
    detail: data.reason ?? '',
  };
}

const MEMBERS = {
  'member.joined': 'joined the team',
  'member.changed': 'has another role',
  'member.removed': 'left the team',
} as const;

async function aboutTeam(envelope: EventEnvelope): Promise<Told | undefined> {
  const { name } = envelope;
  if (name !== 'member.joined' && name !== 'member.changed' && name !== 'member.removed') return undefined;
  const data = await eventData(name, envelope);
  return {
    ...{ type: name, data, about: data.userId, tone: 'plain' },
    title: `${data.email} ${MEMBERS[name]}`,
    detail: data.role === null ? '' : `Role: ${data.role}`,
  };
}

interface Place {
  readonly teamId: string;
  readonly projectId: string;
  readonly environmentId: string;
  readonly serviceId?: string;
}

/** `shop/web in production`, as far as the records are still there. */
async function placeOf(place: Place): Promise<string> {
  const { serviceId } = place;
  const [project, environment, ...services] = await lookUp(
    optional(projectAt(place)),
    optional(environmentAt(place)),
    ...(serviceId === undefined ? [] : [optional(serviceAt({ ...place, serviceId }))]),
  );
  const subject = [
    project?.slug ?? 'a deleted project',
    ...services.map((service) => service?.slug ?? 'a deleted service'),
  ];
  return `${subject.join('/')} in ${environment?.slug ?? 'a deleted environment'}`;
}
