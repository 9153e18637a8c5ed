import { stepNames } from '@gantry/contract/enums.ts';
import type { EventEnvelope } from '@gantry/contract/events.ts';
import { newId } from '@gantry/contract/ids.ts';
import type { Deployment, DeploymentStatus, Step } from '@gantry/contract/schemas/deployments.ts';
import { newTraceId } from '@gantry/contract/trace.ts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Database, startDatabase } from '../database.ts';

let database: Database;
let timings: typeof import('@gantry/core/timings/operations.ts');

const instance = { teamId: newId('team'), serviceId: newId('service'), environmentId: newId('environment') };
const DAY_MS = 24 * 3600 * 1000;

beforeAll(async () => {
  database = await startDatabase('timings-test');
  Object.assign(process.env, {
    TABLE_NAME: 'timings-test',
    AWS_REGION: 'xx-local-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL: database.endpoint,
  });
  timings = await import('@gantry/core/timings/operations.ts');
});
afterAll(() => database.stop());

/** The end of a deployment this many days ago, where every step took a part of `seconds`. */
function ended(status: DeploymentStatus, seconds: number, daysAgo = 0): EventEnvelope {
  const end = Date.now() - daysAgo * DAY_MS;
  const at = (part: number) => new Date(end - seconds * 1000 * (1 - part)).toISOString();
  const deployment: Deployment = {
    ...instance,
    id: newId('deployment'),
    projectId: newId('project'),
    source: { kind: 'upload', uploadId: newId('upload') },
    status,
    steps: stepNames.map(
      (name, index): Step => ({
        name,
        run: 1,
        status: 'succeeded',
        attempts: 1,
        startedAt: at(index / stepNames.length),
        endedAt: at((index + 1) / stepNames.length),
        reason: null,
      }),
    ),
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
    finishedAt: at(1),
    version: 1,
  };
  return {
    id: newId('event'),
    name: 'deployment.finished',
    schemaVersion: 1,
    teamId: instance.teamId,
    aggregate: { id: deployment.id, version: 1 },
    actor: 'deploy',
    at: at(1),
    data: deployment,
  };
}

describe('the timings of an installation', () => {
  it('count each end of a deployment once, however often and in parallel its event arrives', async () => {
    const events = [
      ...Array.from({ length: 9 }, () => ended('live', 10)),
      ended('live', 4_000),
      ended('failed', 1),
      ended('superseded', 1),
      ended('removed', 1),
    ];
    for (const half of [events.slice(0, 7), events.slice(7), events.slice(3, 9)]) {
      await Promise.all([...half, ...half.slice(0, 2)].map((event) => timings.countTimings(event)));
    }
    const { ended: counts, total, steps } = await timings.installationTimings({});
    expect(counts).toEqual({ live: 10, failed: 1, superseded: 1, cancelled: 0 });
    expect(total).toEqual({ count: 10, p50Ms: 10_000, p90Ms: 10_000, p99Ms: 4_000_000, maxMs: 4_000_000 });
    expect(steps.map(({ name, count }) => [name, count])).toEqual(stepNames.map((name) => [name, 10]));
  }, 30_000);

  it('reach back as far as requested, and no further', async () => {
    await timings.countTimings(ended('cancelled', 1, 6));
    await timings.countTimings(ended('cancelled', 1, 7));
    await timings.countTimings(ended('cancelled', 1, 89));
    const cancelled = async (days?: string) =>
      (await timings.installationTimings(days === undefined ? {} : { days })).ended.cancelled;
    expect(await cancelled('1')).toBe(0);
    expect(await cancelled('7')).toBe(1);
    expect(await cancelled('8')).toBe(2);
    expect(await cancelled()).toBe(2);
    expect(await cancelled('90')).toBe(3);
  });
});
