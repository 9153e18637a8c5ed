import { environment } from '@gantry/cloud/environment.ts';
import { startExecution } from '@gantry/cloud/stepfunctions.ts';
import { type EventEnvelope, eventData, teamOf } from '@gantry/contract/events.ts';

/**
 * Starts machine `database` for a request about a database or a backup. The name of the execution has the object and
 * the version of the request, so a repeat starts nothing.
 */
export async function startDatabase(envelope: EventEnvelope): Promise<void> {
  const { aggregate, traceId } = envelope;
  const input = { teamId: teamOf(envelope), ...(await subjectOf(envelope)), version: aggregate.version, traceId };
  await startExecution(environment('DATABASE_MACHINE_ARN'), `${aggregate.id}-${aggregate.version}`, input);
}

async function subjectOf(envelope: EventEnvelope) {
  const { name } = envelope;
  if (name === 'backup.requested' || name === 'backup.deletion-requested') {
    const { id: backupId, projectId, environmentId, databaseId } = await eventData(name, envelope);
    return { projectId, environmentId, databaseId, backupId };
  }
  if (
    name !== 'database.created' &&
    name !== 'database.change-requested' &&
    name !== 'database.rotation-requested' &&
    name !== 'database.deletion-requested'
  )
    throw new Error(`${name} asks for nothing to be done to a database`);
  const { id: databaseId, projectId, environmentId } = await eventData(name, envelope);
  return { projectId, environmentId, databaseId };
}
