import { eachLimited } from '../kernel/limited.ts';
import { allAlerts, readJudged, writeJudged } from '../records/alerts.ts';
import { type Collected, readCollected } from '../records/metrics.ts';
import { judgeInstance } from './rounds.ts';
import { isTraffic } from './value.ts';

const MINUTE_MS = 60_000;
/** A minute that cannot be collected is judged without its data after so many minutes: one broken service must not stop all alerts. */
const LATEST = 10;
/** After a longer pause, the minutes before that are not judged any more. */
const LONGEST = 60;
const CONCURRENCY = 20;

/**
 * Judges every alert once for each minute that was collected since the last run. A run that is repeated, late, or killed between two lines finds the
 * same values and the recorded states, so it changes nothing twice. Stops at `deadline`, in milliseconds since 1970; the next run continues.
 */
export async function evaluateAlerts(deadline: number): Promise<void> {
  const now = Math.floor(Date.now() / MINUTE_MS);
  const due = (await Promise.all([dueOf('looks', now), dueOf('traffic', now)])).filter((each) => each !== undefined);
  if (due.length === 0) return;
  // Read after the progress: each alert then has at least the state that earlier runs finished.
  const alerts = await allAlerts();
  for (const { of, from, until } of due) {
    const concerned = alerts.filter((alert) => isTraffic(alert) === (of === 'traffic'));
    const byInstance = Map.groupBy(concerned, ({ serviceId, environmentId }) => `${serviceId} ${environmentId}`);
    await eachLimited([...byInstance.values()], CONCURRENCY, async (ofInstance) => {
      if (Date.now() >= deadline) throw new Error('There was no time for the alerts of some services.');
      await judgeInstance(ofInstance, from, until);
    });
    await writeJudged(of, until, now);
  }
}

/**
 * The minutes in which alerts on traffic, or all others, are not judged yet; undefined for none. Traffic is collected less
 * often than looks, for several minutes at once.
 */
async function dueOf(of: Collected, now: number) {
  const [collected = now - 2, judged] = await Promise.all([readCollected(of), readJudged(of)]);
  const until = Math.min(now - 1, Math.max(collected, now - 1 - LATEST));
  const from = Math.max((judged === undefined || judged >= now ? until - 1 : judged) + 1, until - LONGEST + 1);
  return from > until ? undefined : { of, from, until };
}
