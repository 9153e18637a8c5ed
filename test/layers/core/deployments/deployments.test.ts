import { deploymentStatuses, stepNames } from '@gantry/contract/enums.ts';
import type { DeploymentStatus, Step, StepName } from '@gantry/contract/schemas/deployments.ts';
import { keptReleases, unusedImages } from '@gantry/core/deployments/cleanup/retention.ts';
import { executionName, runOf } from '@gantry/core/deployments/start.ts';
import { isInFlight, mayBecome } from '@gantry/core/deployments/status.ts';
import { beginStep, endSteps, runningStep } from '@gantry/core/deployments/steps.ts';
import type { InstanceRecord, ReleaseRecord } from '@gantry/core/records/deployments.ts';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

describe('the status of a deployment', () => {
  it('returns to queued only by a redrive after a failure, however steps repeat and overtake each other', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...deploymentStatuses), { maxLength: 30 }), (wishes) => {
        let seen: DeploymentStatus[] = ['queued'];
        for (const wish of wishes) {
          const now = seen.at(-1) ?? 'queued';
          if (!mayBecome(now, wish)) continue;
          if (now === 'failed') expect(wish).toBe('queued');
          seen = wish === 'queued' ? ['queued'] : [...seen, wish];
        }
        expect(new Set(seen).size).toBe(seen.length);
      }),
    );
  });

  it('can become failed, superseded or cancelled from every status in flight, and from no other', () => {
    for (const status of deploymentStatuses) {
      expect(mayBecome(status, 'failed')).toBe(isInFlight(status));
      expect(mayBecome(status, 'superseded')).toBe(isInFlight(status));
      expect(mayBecome(status, 'cancelled')).toBe(isInFlight(status));
    }
  });
});

describe('the steps of a deployment', () => {
  const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
  const begin = (steps: readonly Step[], name: StepName, second: number, attempt = 1, run = 1) =>
    beginStep(steps, { name, run, attempt, at: at(second) });

  it('run one at a time, and a repeated step changes nothing', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom<StepName>(...stepNames), { maxLength: 20 }), (names) => {
        const steps = names.reduce((all, name, second) => begin(all, name, second), begin([], 'prepare', 0));
        expect(steps.filter((step) => step.status === 'running')).toHaveLength(1);
        expect(new Set(steps.map((step) => step.name)).size).toBe(steps.length);
        for (const name of names) expect(begin(steps, name, 59)).toBe(steps);
      }),
    );
  });

  it('count attempts, and a late attempt does not lower the count', () => {
    const tried = begin(begin([], 'verify', 0), 'verify', 1, 3);
    expect(tried).toEqual([expect.objectContaining({ attempts: 3, startedAt: at(0), status: 'running' })]);
    expect(begin(tried, 'verify', 2, 2)).toBe(tried);
  });

  it('of a redrive are kept in addition to those of the earlier run', () => {
    const failed = endSteps(begin([], 'build', 0), { status: 'failed', at: at(1), reason: 'No space.' });
    const again = begin(failed, 'build', 2, 1, 2);
    expect(again.map(({ run, status, reason }) => [run, status, reason])).toEqual([
      [1, 'failed', 'No space.'],
      [2, 'running', null],
    ]);
  });

  it('keep the end time of each step, and the reason', () => {
    const steps = endSteps(begin(begin([], 'prepare', 0), 'build', 1), { status: 'failed', at: at(2), reason: 'No.' });
    expect(steps.map(({ status, endedAt, reason }) => [status, endedAt, reason])).toEqual([
      ['succeeded', at(1), null],
      ['failed', at(2), 'No.'],
    ]);
    expect(runningStep(steps)).toBe('prepare');
  });
});

describe('the execution of a run', () => {
  it('has a name made from the deployment and the run, and the name can be parsed', () => {
    for (const run of [1, 2, 17]) expect(runOf(executionName({ id: 'dpl_01J', run }))).toEqual({ id: 'dpl_01J', run });
    expect(executionName({ id: 'dpl_01J', run: 1 })).toBe('dpl_01J');
  });
});

describe('the kept releases', () => {
  const release = (number: number, more: Partial<ReleaseRecord> = {}): ReleaseRecord => ({
    teamId: 'team_1',
    serviceId: 'svc_1',
    environmentId: 'env_1',
    id: `rel_${String(number).padStart(3, '0')}`,
    deploymentId: `dpl_${number}`,
    image: `registry/svc@sha256:${number}`,
    kind: 'web',
    commandTimeoutSeconds: 300,
    size: 'small',
    minReplicas: 1,
    maxReplicas: 1,
    weights: [100],
    bakeSeconds: 0,
    warmMinutes: 60,
    healthTimeoutSeconds: 60,
    liveAt: 'then',
    createdAt: new Date(Date.UTC(2026, 0, 1) + number * 1000).toISOString(),
    ...more,
  });
  const never = (made: ReleaseRecord): ReleaseRecord => {
    const { liveAt: _, ...rest } = made;
    return rest;
  };
  const instance = (live: number, previous?: number): InstanceRecord => ({
    teamId: 'team_1',
    projectId: 'prj_1',
    serviceId: 'svc_1',
    environmentId: 'env_1',
    shard: 0,
    generation: 1,
    latestDeploymentId: 'dpl_1',
    liveReleaseId: release(live).id,
    ...(previous !== undefined && { previousReleaseId: release(previous).id }),
    version: 1,
  });

  it('are the ten newest once-live ones, the live one, the one before it, and all that came later', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.double({ min: 0, max: 0.99, noNaN: true }), (count, share) => {
        const live = Math.floor(count * share);
        const made = Array.from({ length: count }, (_, number) =>
          number % 3 === 2 ? never(release(number)) : release(number),
        );
        const kept = [...keptReleases(made, [instance(live, 0)])].map(({ id }) => id);
        const wereLive = made.filter(({ liveAt }) => liveAt !== undefined).slice(-10);
        for (const { id } of wereLive) expect(kept).toContain(id);
        for (const { id } of made.slice(live + 1)) expect(kept).toContain(id);
        expect(kept).toContain(release(0).id);
        expect(kept).toContain(release(live).id);
        expect(kept.length).toBeLessThanOrEqual(12 + count - live);
      }),
    );
  });

  it('keep their images; other images go when they are a day old', () => {
    const now = Date.UTC(2026, 5, 1);
    const old = now - 25 * 3600 * 1000;
    const images = [
      { digest: 'sha256:1', pushedAt: old },
      { digest: 'sha256:2', pushedAt: old },
      { digest: 'sha256:3', pushedAt: now - 1000 },
    ];
    expect(unusedImages(images, [release(1)], now)).toEqual(['sha256:2']);
  });
});
