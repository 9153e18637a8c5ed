import { removeCluster } from '@gantry/cloud/rds.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import * as z from 'zod';
import { retryStale } from '../../kernel/transact.ts';
import { clusterName } from '../place.ts';
import { commit } from '../writes.ts';
import { DATABASE_ACTOR, inState, StepInput, type Target } from './input.ts';
import { removeAround } from './remove-around.ts';

/** What the machine's Catch hands on: the state that failed, and why. */
export const FailedInput = StepInput.extend({
  failure: z.object({ state: z.string(), error: z.string(), cause: z.string() }),
});
export type Failure = z.infer<typeof FailedInput>['failure'];

/**
 * Removes all that a creation made, which nobody has used yet, and records why it failed. A deletion that failed keeps what is left: asked
 * for again, it goes on.
 */
export async function cleanUp(target: Target, failure: Failure): Promise<void> {
  if ((await inState(target, 'creating')) === undefined) return;
  if (!(await removeCluster(clusterName(target.databaseId), undefined)))
    throw new GantryError('Unavailable', 'The server of the database is still being removed. Try again.');
  await removeAround(target.databaseId);
  await retryStale(async () => {
    const database = await inState(target, 'creating');
    if (database === undefined) return;
    const told = { name: 'database.failed', actor: DATABASE_ACTOR } as const;
    await commit(database, { status: 'failed', reason: reasonOf(failure) }, told, ['step']);
  });
}

/** What `step` made of an error of ours says it; of another error people are told no more than where it happened. */
function reasonOf({ state, cause }: Failure): string {
  const said = detailOf(cause);
  if (said !== undefined) return said;
  return `The platform could not finish ${state.toLowerCase()}. Delete the database and create it again; if that does not help, ask an operator.`;
}

const Cause = z.object({ errorMessage: z.string() });
const Message = z.object({ detail: z.string() });

function detailOf(cause: string): string | undefined {
  try {
    return Message.parse(JSON.parse(Cause.parse(JSON.parse(cause)).errorMessage)).detail;
  } catch {
    return undefined;
  }
}
