import type { EventEnvelope } from '@gantry/contract/events.ts';
import type { LogLine } from '@gantry/contract/schemas/logs.ts';
import { type ServerFrame, topics } from '@gantry/contract/schemas/realtime.ts';

/** What API Gateway counts as one message, in bytes. https://aws.amazon.com/api-gateway/pricing/ */
export const FRAME_BYTES = 32 * 1024;

type EventFrame = Extract<ServerFrame, { type: 'event' }>;

/** The frame of an event, or undefined where no topic carries it. */
export function eventFrame({ id, name, at, aggregate, data }: EventEnvelope): EventFrame | undefined {
  if (!name.startsWith('deployment.')) return undefined;
  return { type: 'event', topic: topics.deployment(aggregate.id), id, name, at, version: aggregate.version, data };
}

/** Lines in as few frames as hold them, each at most 32 KB as JSON. A line that fills more than a frame has one of its own. */
export function logFrames(topic: string, lines: readonly LogLine[]): ServerFrame[] {
  const empty = sizeOf({ type: 'logs', topic, lines: [] });
  const frames: LogLine[][] = [];
  let room = 0;
  for (const line of lines) {
    const size = sizeOf(line) + 1;
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

function sizeOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
