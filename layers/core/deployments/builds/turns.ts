import { environment } from '@gantry/cloud/environment.ts';
import { sendTaskSuccess } from '@gantry/cloud/stepfunctions.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { item, unlessRefused } from '../../kernel/entity.ts';
import { retryStale, transact } from '../../kernel/transact.ts';
import { PlacesEntity, TurnEntity, type TurnRecord } from '../../records/builds.ts';
import { begin, isCurrent, readProgress } from '../progress.ts';
import { nextTurns, type Places } from './fair.ts';
import { ticketOf } from './ticket.ts';

/** The number of places that one transaction gives away. */
const AT_ONCE = 20;

/** How many builds run at once: the stage's sizes. */
export function places(): Places {
  return { total: Number(environment('BUILDS_AT_ONCE')), perTeam: Number(environment('BUILDS_OF_A_TEAM')) };
}

/** Frees the place of an ended build, by its ticket, and gives it to a waiting one. Harmless when repeated. */
export async function passTurn(deploymentId: string, ticket: string): Promise<void> {
  await dropTurn(deploymentId, (turn) => ticketOf(turn) === ticket);
  await giveTurns();
}

/** Takes a build out of the queue. A place that it had is given away when the next build arrives or ends. */
export async function dropTurn(deploymentId: string, over: (turn: TurnRecord) => boolean): Promise<void> {
  const { data: turn } = await TurnEntity.get({ deploymentId }).go({ consistent: true });
  if (turn !== null && over(turn)) await forget(turn);
}

/** Frees the places of ended runs, gives them to waiting builds, and answers again to builds with a place whose machine may not have heard. */
export async function sweepTurns(): Promise<void> {
  const { turns } = await readTurns();
  for (const turn of turns) if (!(await isWanted(turn))) await forget(turn);
  await giveTurns();
  const { turns: left } = await readTurns();
  for (const turn of left) if (turn.grantedAt !== undefined && turn.claimedBy === undefined) await tell(turn);
}

/** Gives free places to the builds that wait, and tells their machines. */
export async function giveTurns(): Promise<void> {
  for (let granted = await retryStale(give); granted.length > 0; granted = await retryStale(give)) {
    for (const turn of granted) await tell(turn);
  }
}

async function give(): Promise<TurnRecord[]> {
  const { turns, version } = await readTurns();
  const granted = nextTurns(turns, places()).slice(0, AT_ONCE);
  if (granted.length === 0) return [];
  const grantedAt = Date.now();
  await transact([
    {
      item: item.put(
        PlacesEntity.put({ version: version + 1 }).where((known, { eq, notExists }) =>
          version === 0 ? notExists(known.version) : eq(known.version, version),
        ),
      ),
    },
    ...granted.map(({ deploymentId, taskToken }) => ({
      item: item.update(
        TurnEntity.patch({ deploymentId })
          .set({ grantedAt })
          .where((known, { eq, notExists }) => `${eq(known.taskToken, taskToken)} AND ${notExists(known.grantedAt)}`),
      ),
    })),
  ]);
  return granted;
}

/** Lets the machine continue with the build. A build that is no longer wanted gives its place back. */
async function tell(turn: TurnRecord): Promise<void> {
  const { repositoryUri } = turn;
  try {
    await begin({ ...turn, attempt: 1 }, 'build', () => ({ repositoryUri }));
  } catch (error) {
    if (!(error instanceof GantryError && (error.kind === 'Superseded' || error.kind === 'NotFound'))) throw error;
    return forget(turn);
  }
  await sendTaskSuccess(turn.taskToken, { ticket: ticketOf(turn) });
}

async function isWanted(turn: TurnRecord): Promise<boolean> {
  try {
    return isCurrent(await readProgress(turn), turn);
  } catch (error) {
    if (error instanceof GantryError && error.kind === 'NotFound') return false;
    throw error;
  }
}

async function forget({ deploymentId, taskToken }: TurnRecord): Promise<void> {
  const same = TurnEntity.delete({ deploymentId }).where((known, { eq }) => eq(known.taskToken, taskToken));
  await unlessRefused(() => same.go());
}

/** Every build that waits or runs, and the version of the places. */
export async function readTurns(): Promise<{ readonly turns: TurnRecord[]; readonly version: number }> {
  const [{ data: turns }, { data: known }] = await Promise.all([
    TurnEntity.query.primary({}).go({ pages: 'all', consistent: true }),
    PlacesEntity.get({}).go({ consistent: true }),
  ]);
  return { turns, version: known?.version ?? 0 };
}
