import { environment } from '@gantry/cloud/environment.ts';
import { queueDepth } from '@gantry/cloud/sqs.ts';
import { logLine } from './log.ts';
import { embedded } from './metrics.ts';

interface Waiting {
  readonly pending: number;
  readonly unreadyShare: number;
}

/**
 * Measures values that no AWS service measures: the dead letters of all consumers together, and pods of apps that wait
 * or are not ready.
 */
export async function measureUpkeep(waitingPods: (now: number) => Promise<Waiting>): Promise<void> {
  const urls = environment('DEAD_LETTER_URLS').split(',');
  const [depths, { pending, unreadyShare }] = await Promise.all([
    Promise.all(urls.map(queueDepth)),
    waitingPods(Date.now()),
  ]);
  const letters = depths.reduce((sum, depth) => sum + depth, 0);
  const measured = embedded({
    DeadLetters: { value: letters, unit: 'Count' },
    PendingPods: { value: pending, unit: 'Count' },
    UnreadyShare: { value: unreadyShare, unit: 'Percent' },
  });
  logLine('info', 'measured', measured);
}
