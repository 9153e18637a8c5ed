import { environment } from '@gantry/cloud/environment.ts';
import { startExecution } from '@gantry/cloud/stepfunctions.ts';
import { type EventEnvelope, eventData, teamOf } from '@gantry/contract/events.ts';

/** Starts machine `database` for a creation or a deletion. The execution is named by the database and the version that asked for it: a repeat starts nothing. */
export async function startDatabase(envelope: EventEnvelope): Promise<void> {
  const { name, aggregate, traceId } = envelope;
  if (name !== 'database.created' && name !== 'database.deletion-requested')
    throw new Error(`${name} asks for nothing to be done to a database`);
  const { id: databaseId, projectId, environmentId } = eventData(name, envelope);
  const input = { teamId: teamOf(envelope), projectId, environmentId, databaseId, version: aggregate.version, traceId };
  await startExecution(environment('DATABASE_MACHINE_ARN'), `${databaseId}-${aggregate.version}`, input);
}
