import type { ContainerStatus, Pod } from '@gantry/cloud/kubernetes/types.ts';
import type { Exit } from '@gantry/contract/schemas/health.ts';
import { lastEnd, time } from './diagnosis.ts';

/** By 128 and its number a process's exit code names the signal that ended it. */
const SIGNALS = 128;

/** How a replica ended last, and what the cluster does next. */
export interface Ended extends Exit {
  readonly ranSeconds: number;
  /** How long the cluster waits before it starts the replica again; undefined where it has, or never does. */
  readonly restartsInSeconds: number | undefined;
}

export function containerOf({ status }: Pod): ContainerStatus | undefined {
  return status?.containerStatuses?.[0];
}

/** How a pod's container ended last; empty where it never did. */
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

/** The kubelet says how long it waits in words: `back-off 10s restarting …`, `back-off 2m40s restarting …`. */
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

/** The line that an app's log has for an end. */
export function endLine(end: Ended): string {
  const { replica, restartsInSeconds: wait } = end;
  const next = wait === undefined ? 'it was started again' : wait === 0 ? 'it restarts' : `it restarts in ${wait} s`;
  return `Instance ${replica} ${endText(end)}; ${next}.`;
}
