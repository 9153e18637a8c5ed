import type { EventEnvelope } from '@gantry/contract/events.ts';
import { type IdKind, idPrefixes } from '@gantry/contract/ids.ts';
import type { LogLine } from '@gantry/contract/schemas/logs.ts';
import type { ServerFrame } from '@gantry/contract/schemas/realtime.ts';
import { topics } from '@gantry/contract/topics.ts';
import * as z from 'zod';

/** API Gateway bills this many bytes as one message. https://aws.amazon.com/api-gateway/pricing/ */
export const FRAME_BYTES = 32 * 1024;

type EventFrame = Extract<ServerFrame, { type: 'event' }>;

/** Ids in an event's data that name the parents of its subject. */
const id = z.string().nullish();
const Belonging = z.object({ projectId: id, serviceId: id, deploymentId: id });

/** The topics of an event: its team's, and those of each project, service and deployment of its subject. */
export function topicsOf({ teamId, aggregate, data }: EventEnvelope): string[] {
  const belonging = Belonging.safeParse(data).data ?? {};
  const about = (kind: IdKind, named: string | null | undefined) =>
    [aggregate.id, named].find((candidate) => candidate?.startsWith(`${idPrefixes[kind]}_`)) ?? undefined;
  const [projectId, serviceId, deploymentId] = [
    about('project', belonging.projectId),
    about('service', belonging.serviceId),
    about('deployment', belonging.deploymentId),
  ];
  return [
    ...(teamId === undefined ? [] : [topics.team(teamId)]),
    ...(projectId === undefined ? [] : [topics.project(projectId)]),
    ...(serviceId === undefined ? [] : [topics.service(serviceId)]),
    ...(deploymentId === undefined ? [] : [topics.deployment(deploymentId)]),
  ];
}

/** The frame of an event on one of its topics. */
export function eventFrame(topic: string, { id, name, at, aggregate, data }: EventEnvelope): EventFrame {
  return { type: 'event', topic, id, name, at, aggregate, data };
}

/**
 * Packs lines into as few frames as possible, each at most 32 KB as JSON. A longer line gets its own frame, which is billed as up to four messages:
 * readers should see a long line at once, and such lines are rare.
 */
export function logFrames(topic: string, lines: readonly LogLine[]): ServerFrame[] {
  const empty = encodedSize({ type: 'logs', topic, lines: [] });
  const frames: LogLine[][] = [];
  let room = 0;
  for (const line of lines) {
    const size = encodedSize(line) + 1;
    const last = frames.at(-1);
    if (last !== undefined && size <= room) {
      last.push(line);
      room -= size;
    } else {
      frames.push([line]);
      room = FRAME_BYTES - empty - size;
    }
  }
  return frames.map((held) => ({ type: 'logs', topic, lines: held }));
}

/** Bytes of a value as JSON. */
export function encodedSize(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
