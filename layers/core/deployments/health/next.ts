import { type Ended, endLine } from '@gantry/cluster/exits.ts';
import type { Observation } from '@gantry/cluster/health.ts';
import type { Exit, InstanceHealth } from '@gantry/contract/schemas/health.ts';
import type { DeploymentRecord } from '../../records/deployments.ts';
import type { HealthRecord, PlatformLine } from '../../records/health.ts';
import { appendLine } from './lines.ts';

/** The number of remembered exits: more than an instance has replicas. */
const REMEMBERED = 40;

/** The exits since the deployment was queued that are not recorded yet. A release after a rollback may have older ones. */
export function freshExits(
  live: DeploymentRecord,
  before: HealthRecord | undefined,
  seen: Observation,
): readonly Ended[] {
  const told = before?.told ?? [];
  return seen.exits.filter((exit) => exit.at > live.queuedAt && !told.includes(markOf(exit)));
}

function markOf({ replica, at }: Exit): string {
  return `${replica} ${at}`;
}

export interface Look {
  readonly live: DeploymentRecord;
  readonly seen: Observation;
  /** When somebody stopped the release, and who. */
  readonly stopped: InstanceHealth['stopped'] | undefined;
  /** The record of this release; undefined at the first look. */
  readonly before: HealthRecord | undefined;
  readonly fresh: readonly Ended[];
  /** The last lines of the replica that exited last. */
  readonly lines: readonly string[];
  readonly detail: string | undefined;
  readonly now: number;
}

/** The record after a look, and the lines about its changes for the app's log. */
export function nextHealth({
  live,
  seen,
  stopped,
  before,
  fresh,
  lines,
  detail,
  now,
}: Look): Omit<HealthRecord, 'version'> {
  const { teamId, projectId, serviceId, environmentId, id, releaseId = '' } = live;
  const last = fresh.at(-1);
  const lastExit = last === undefined ? before?.lastExit : exitOf(last);
  const isSame = before?.state === seen.state;
  return {
    ...{ teamId, projectId, serviceId, environmentId, liveDeploymentId: id, liveReleaseId: releaseId },
    state: seen.state,
    since: stopped?.at ?? (isSame ? before.since : new Date(now).toISOString()),
    ...(detail !== undefined && { detail }),
    ...(stopped && { stopped }),
    ...{ running: seen.running, wanted: seen.wanted, restarts: seen.restarts },
    ...(lastExit && { lastExit }),
    lines: [...lines],
    ...(seen.lastRun && { lastRun: seen.lastRun }),
    told: [...(before?.told ?? []), ...fresh.map(markOf)].slice(-REMEMBERED),
    pending: fresh.reduce(
      (pending, exit) => appendLine(pending, lineOfExit(exit, now)),
      appendLine(before?.pending ?? [], isSame ? undefined : lineOfState({ live, seen, before, fresh, detail, now })),
    ),
    pendingSince: now,
    ...(before?.lookAt !== undefined && { lookAt: before.lookAt }),
  };
}

function exitOf({ replica, code, reason, at }: Ended): Exit {
  return { replica, code, reason, at };
}

/** The cluster has whole seconds: the line sorts after the replica's output of its last second. */
function lineOfExit(exit: Ended, now: number): PlatformLine {
  return { source: exit.replica, at: Math.min(now, Date.parse(exit.at) + 999), text: endLine(exit) };
}

/** The line of a new state, if it says more than an exit did. */
function lineOfState({
  live,
  seen,
  before,
  fresh,
  detail,
  now,
}: Omit<Look, 'lines' | 'stopped'>): PlatformLine | undefined {
  const text = (() => {
    switch (seen.state) {
      case 'healthy':
        return before?.state === 'crashing' || before?.state === 'degraded' ? 'The app is healthy again.' : undefined;
      case 'degraded':
        return fresh.length === 0 ? detail : undefined;
      case 'crashing':
      case 'unknown':
        return detail;
    }
  })();
  return text === undefined ? undefined : { source: live.releaseId ?? '', at: now, text };
}
