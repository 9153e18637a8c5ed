import { ownerOf } from '@gantry/cluster/releases.ts';
import { type EventEnvelope, eventData } from '@gantry/contract/events.ts';
import type { LookRequest } from './again.ts';
import { look } from './look.ts';
import { watchStop } from './stopping.ts';

/** Looks at an instance whose deployment went live or that a cluster event names. Harmless when repeated. */
export async function answerLook(request: EventEnvelope | LookRequest): Promise<void> {
  if ('name' in request) return look(await eventData('deployment.finished', request));
  if ('lookAt' in request) return look(request, request.lookAt);
  if ('replica' in request) return watchStop(request);
  const owner = await ownerOf(request);
  if (owner !== undefined) await look(owner);
}
