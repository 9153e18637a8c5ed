import { environment } from '@gantry/cloud/environment.ts';
import { startExecution } from '@gantry/cloud/stepfunctions.ts';
import { type EventEnvelope, eventData, teamOf } from '@gantry/contract/events.ts';
import type { Target } from './target.ts';

/**
 * Starts the machine of a deletion. The name of the execution has the deleted object and the version of the request, so
 * a repeat starts nothing.
 */
export async function startDeletion(envelope: EventEnvelope): Promise<void> {
  const target = await targetOf(envelope);
  const { id, version } = envelope.aggregate;
  await startExecution(environment('DELETE_MACHINE_ARN'), `${id}-${version}`, { ...target, traceId: envelope.traceId });
}

async function targetOf(envelope: EventEnvelope): Promise<Target> {
  const { name } = envelope;
  const teamId = teamOf(envelope);
  switch (name) {
    case 'project.deletion-requested':
      return { kind: 'project', teamId, projectId: (await eventData(name, envelope)).id };
    case 'environment.deletion-requested': {
      const { id, projectId } = await eventData(name, envelope);
      return { kind: 'environment', teamId, projectId, environmentId: id };
    }
    case 'service.deletion-requested': {
      const { id, projectId } = await eventData(name, envelope);
      return { kind: 'service', teamId, projectId, serviceId: id };
    }
    default:
      throw new Error(`${name} asks for no deletion`);
  }
}
