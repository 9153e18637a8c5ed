import { exitCodeOf, healthRows } from '@gantry/cli/health.ts';
import { newId } from '@gantry/contract/ids.ts';
import type { InstanceHealth } from '@gantry/contract/schemas/health.ts';
import { describe, expect, it } from '@jest/globals';

/** Half a minute to spare. */
const AT = new Date(Date.now() - 5.5 * 60_000).toISOString();
const well: InstanceHealth = {
  id: newId('health'),
  teamId: newId('team'),
  projectId: newId('project'),
  environmentId: newId('environment'),
  serviceId: newId('service'),
  liveDeploymentId: newId('deployment'),
  liveReleaseId: newId('release'),
  state: 'healthy',
  since: AT,
  detail: null,
  running: 2,
  wanted: 2,
  restarts: 0,
  lastExit: null,
  lines: [],
  stopped: null,
  lastRun: null,
  version: 1,
};
const crashing: InstanceHealth = {
  ...well,
  state: 'crashing',
  detail: 'The app exits again and again.',
  running: 0,
  restarts: 3,
  lastExit: { replica: 'rel-1', code: 1, reason: 'exited', at: AT },
};

const who = () => 'ada@example.com';

describe('A23: the health that `gantry status` shows', () => {
  it('is one line for a healthy service, and absent before the first release is live', () => {
    expect(healthRows(well, who)).toEqual([['Health', 'healthy, 2 of 2 running']]);
    expect(healthRows({ ...well, liveReleaseId: null, state: 'stopped' }, who)).toEqual([]);
    expect(exitCodeOf(well)).toBe(0);
  });

  it('includes the last run of a cron service', () => {
    const cron = { ...well, running: 0, wanted: 0 };
    const lastRun = { startedAt: AT, endedAt: AT, succeeded: false };
    expect(healthRows({ ...cron, lastRun }, who)).toEqual([
      ['Health', 'healthy'],
      ['Last run', 'failed 5 minutes ago'],
    ]);
    const underWay = { ...lastRun, endedAt: null, succeeded: null };
    expect(healthRows({ ...cron, lastRun: underWay }, who)[1]).toEqual(['Last run', 'running, began 5 minutes ago']);
  });

  it('names the fault, since when, and how the app ended, and sets the exit code', () => {
    expect(healthRows(crashing, who)).toEqual([
      ['Health', 'crashing, 0 of 2 running, 3 restarts, began 5 minutes ago'],
      ['', 'The app exits again and again.'],
      ['Last exit', 'code 1, exited, 5 minutes ago'],
    ]);
    expect(exitCodeOf(crashing)).toBe(11);
  });

  it('says since when a service is stopped, by whom, and how to start it, with exit code 0', () => {
    const stopped = {
      ...well,
      state: 'stopped' as const,
      stopped: { at: AT, by: newId('user') },
      running: 0,
      wanted: 0,
    };
    expect(healthRows(stopped, who)).toEqual([
      ['Health', 'stopped 5 minutes ago, by ada@example.com'],
      ['', 'Start it again with `gantry start`.'],
    ]);
    expect(exitCodeOf(stopped)).toBe(0);
  });
});
