import { errorKinds } from '@gantry/contract/errors.ts';
import type { InstanceHealth } from '@gantry/contract/schemas/health.ts';
import { ago } from './ago.ts';

/** A service's health as rows of a table: none without a live release. `who` names a user. */
export function healthRows(health: InstanceHealth, who: (userId: string) => string): string[][] {
  if (health.liveReleaseId === null) return [];
  if (health.stopped !== null) return stoppedRows(health.stopped, who);
  const { state, since, running, wanted, restarts, lastExit, lastRun, detail } = health;
  const counts = wanted === 0 ? '' : `, ${running} of ${wanted} running`;
  const restarted = restarts === 0 ? '' : `, ${restarts} ${restarts === 1 ? 'restart' : 'restarts'}`;
  return [
    ['Health', `${state}${counts}${restarted}${state === 'healthy' ? '' : `, began ${ago(since)}`}`],
    ...(detail === null ? [] : [['', detail]]),
    ...(lastExit === null ? [] : [['Last exit', `code ${lastExit.code}, ${lastExit.reason}, ${ago(lastExit.at)}`]]),
    ...(lastRun === null ? [] : [['Last run', runText(lastRun)]]),
  ];
}

function stoppedRows({ at, by }: NonNullable<InstanceHealth['stopped']>, who: (userId: string) => string): string[][] {
  return [
    ['Health', `stopped ${ago(at)}, by ${who(by)}`],
    ['', 'Start it again with `gantry start`.'],
  ];
}

function runText({ startedAt, endedAt, succeeded }: NonNullable<InstanceHealth['lastRun']>): string {
  if (endedAt === null) return `running, began ${ago(startedAt)}`;
  return `${succeeded ? 'succeeded' : 'failed'} ${ago(endedAt)}`;
}

/** The exit code for a service's health: 0, or that of a failed release. */
export function exitCodeOf({ state }: InstanceHealth): number {
  return state === 'crashing' || state === 'degraded' ? errorKinds.ReleaseFailed.exitCode : 0;
}
