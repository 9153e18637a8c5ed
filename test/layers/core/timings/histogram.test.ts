import { newId } from '@gantry/contract/ids.ts';
import type { Deployment, Step, StepName } from '@gantry/contract/schemas/deployments.ts';
import { newTraceId } from '@gantry/contract/trace.ts';
import { durationsOf } from '@gantry/core/timings/durations.ts';
import { bucketOf, distributionOf } from '@gantry/core/timings/histogram.ts';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

const HALF_A_DAY_MS = 12 * 3600 * 1000;
/** As many short durations as long ones. */
const duration = fc
  .tuple(fc.integer({ min: 0, max: 7 }), fc.integer({ min: 0, max: 99_999 }))
  .map(([digits, part]) => Math.min(Math.round((part / 10_000) * 10 ** digits), HALF_A_DAY_MS));

describe('percentiles of durations', () => {
  it('are never below the exact ones, and at most a tenth above them', () => {
    fc.assert(
      fc.property(fc.array(duration, { minLength: 1, maxLength: 300 }), (durations) => {
        const histogram = new Map<number, number>();
        for (const ms of durations) histogram.set(bucketOf(ms), (histogram.get(bucketOf(ms)) ?? 0) + 1);
        const sorted = [...durations].sort((a, b) => a - b);
        const told = distributionOf(histogram);
        expect(told.count).toBe(durations.length);
        for (const [percent, ms] of [
          [50, told.p50Ms],
          [90, told.p90Ms],
          [99, told.p99Ms],
          [100, told.maxMs],
        ] as const) {
          const exact = sorted[Math.ceil((sorted.length * percent) / 100) - 1] ?? 0;
          expect(ms).toBeGreaterThanOrEqual(exact);
          expect(ms).toBeLessThanOrEqual(exact <= 100 ? exact : exact * 1.1);
        }
      }),
    );
  });

  it('are null when nothing was measured', () => {
    expect(distributionOf(new Map())).toEqual({ count: 0, p50Ms: null, p90Ms: null, p99Ms: null, maxMs: null });
  });

  it('come from a bounded number of buckets, for any durations', () => {
    const found = new Set<number>();
    for (let ms = 0; ms < 1e9; ms = Math.max(ms + 1, Math.floor(ms * 1.001))) found.add(bucketOf(ms));
    expect(found.size).toBeLessThanOrEqual(640);
    expect(bucketOf(-5)).toBe(0);
    expect(bucketOf(Number.MAX_SAFE_INTEGER)).toBe(99_000_000);
  });
});

describe("the platform's own time of a deployment", () => {
  const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
  const step = (name: StepName, from: number, to: number, run = 1): Step => ({
    name,
    run,
    status: 'succeeded',
    attempts: 1,
    startedAt: at(from),
    endedAt: at(to),
    reason: null,
  });
  const deployment = (more: Partial<Deployment>): Deployment => ({
    id: newId('deployment'),
    teamId: newId('team'),
    projectId: newId('project'),
    environmentId: newId('environment'),
    serviceId: newId('service'),
    source: { kind: 'upload', uploadId: newId('upload') },
    status: 'live',
    steps: [],
    reason: null,
    waitsFor: null,
    canRollBack: false,
    generation: 1,
    run: 1,
    weight: 100,
    bakedSeconds: 0,
    analysis: null,
    pausedAt: null,
    promotedFrom: null,
    releaseId: null,
    imageDigest: null,
    url: null,
    dataAt: null,
    traceId: newTraceId(),
    createdBy: newId('user'),
    createdAt: at(0),
    queuedAt: at(0),
    finishedAt: at(50),
    version: 1,
    ...more,
  });

  it("excludes the build, the release command, the app's start and the rest of the bake", () => {
    const steps = [
      step('prepare', 1, 3),
      step('build', 3, 13),
      step('release-command', 13, 18),
      step('rollout', 18, 20),
      step('verify', 20, 28),
      step('shift', 28, 49),
      step('finish', 49, 50),
    ];
    expect(Object.fromEntries(durationsOf(deployment({ steps, bakedSeconds: 20 })))).toEqual({
      total: 50_000,
      platform: 7_000,
      prepare: 2_000,
      build: 10_000,
      'release-command': 5_000,
      rollout: 2_000,
      verify: 8_000,
      shift: 21_000,
      finish: 1_000,
    });
  });

  it('begins after a redrive when the deployment was queued again', () => {
    const steps = [step('build', 1, 10), step('rollout', 41, 44, 2), step('finish', 44, 50, 2)];
    expect(Object.fromEntries(durationsOf(deployment({ steps, run: 2, queuedAt: at(40) })))).toEqual({
      total: 10_000,
      platform: 10_000,
      rollout: 3_000,
      finish: 6_000,
    });
  });
});
