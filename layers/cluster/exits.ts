import type { ContainerStatus, Pod } from '@gantry/cloud/kubernetes/types.ts';
import type { Exit } from '@gantry/contract/schemas/health.ts';
import { lastEnd, time } from './diagnosis.ts';

/** An exit code of 128 and this number means the signal that ended the process. */
const SIGNALS = 128;

/** The last exit of a replica, and the cluster's next action. */
export interface Ended extends Exit {
  readonly ranSeconds: number;
  /** The cluster's wait before it restarts the replica; undefined when it has restarted it, or never will. */
  readonly restartsInSeconds: number | undefined;
}

export function containerOf({ status }: Pod): ContainerStatus | undefined {
  return status?.containerStatuses?.[0];
}

/** The last exit of a pod's container; empty without one. */
export function endOf(pod: Pod): Ended[] {
  const container = containerOf(pod);
  const end = lastEnd(container);
  if (end === undefined) return [];
  const { exitCode: code, finishedAt, startedAt } = end;
  return [
    {
      replica: pod.metadata?.name ?? '',
      code,
      reason: reasonOf(end.reason, code),
      at: new Date(time(finishedAt)).toISOString(),
      ranSeconds: Math.max(0, Math.round((time(finishedAt) - time(startedAt)) / 1000)),
      restartsInSeconds: secondsToWait(container),
    },
  ];
}

function reasonOf(reason: string | undefined, code: number): Exit['reason'] {
  if (reason === 'OOMKilled') return 'out-of-memory';
  if (reason === 'StartError' || reason === 'ContainerCannotRun') return 'not-started';
  return code > SIGNALS ? 'killed' : 'exited';
}

/** The kubelet states its wait in words: `back-off 10s restarting …`, `back-off 2m40s restarting …`. */
function secondsToWait(container: ContainerStatus | undefined): number | undefined {
  const [, minutes = '0', seconds] =
    /^back-off (?:(\d+)m)?([\d.]+)s /.exec(container?.state?.waiting?.message ?? '') ?? [];
  return seconds === undefined ? undefined : Number(minutes) * 60 + Math.round(Number(seconds));
}

/** The end of a container in words: `exited with code 1 after 8 s`. */
export function endText({ code, reason, ranSeconds }: Omit<Ended, 'restartsInSeconds'>): string {
  switch (reason) {
    case 'out-of-memory':
      return 'used more memory than it may and was stopped';
    case 'not-started':
      return `could not be started (exit code ${code})`;
    case 'killed':
      return `was killed by signal ${code - SIGNALS} (exit code ${code}) after ${ranSeconds} s`;
    case 'exited':
      return `exited with code ${code} after ${ranSeconds} s`;
  }
}

/** The line about an exit in an app's log. */
export function endLine(end: Ended): string {
  const { replica, restartsInSeconds: wait } = end;
  const next = wait === undefined ? 'it was started again' : wait === 0 ? 'it restarts' : `it restarts in ${wait} s`;
  return `Instance ${replica} ${endText(end)}; ${next}.`;
}
