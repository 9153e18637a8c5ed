import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Loose } from './api-answer.ts';
import { startTestCluster, type TestCluster, until } from './harness.ts';
import { created, eventsOf, job, pathOf, preparePlatform, scriptImage } from './objects.ts';

const NS = 'batch';
let test: TestCluster;
let done: string;
let broken: string;
let endless: string;
/** How far the clock of schedules is ahead of this machine's clock. */
let ahead = 0;

beforeAll(async () => {
  test = await startTestCluster(undefined, { jobBackoffMs: 10, crashBackoffMs: 10, now: () => Date.now() + ahead });
  await preparePlatform(test.api, NS);
  done = await scriptImage(test, `console.log('migrated');`);
  broken = await scriptImage(test, `console.error('no such table'); process.exit(3);`);
  endless = await scriptImage(test, `setInterval(() => {}, 1000);`);
});
afterAll(() => test.stop());

const start = (object: Loose) => created(test.api('POST', pathOf(object.kind, NS), object));
const get = async (kind: string, name: string) => (await test.api('GET', pathOf(kind, NS, name))).body;
const list = async (kind: string) => (await test.api('GET', pathOf(kind, NS))).body.items as Loose[];
const podsOf = async (name: string): Promise<Loose[]> =>
  (await test.api('GET', `${pathOf('Pod', NS)}?labelSelector=job-name%3D${name}`)).body.items;
const conditions = (object: Loose) =>
  (object.status?.conditions ?? []).map(({ type, reason }: Loose) => `${type} ${reason}`);
const isOver = (object: Loose) => conditions(object).some((each: string) => /^(Complete|Failed) /.test(each));
const ended = (name: string) => until(() => get('Job', name), isOver);

describe('a Job', () => {
  it('runs its pod once, is complete when the pod succeeds, and keeps its output readable', async () => {
    await start(job('migrate', done));
    const { status, spec } = await ended('migrate');
    expect(status).toMatchObject({ succeeded: 1, failed: 0, active: 0, uncountedTerminatedPods: {} });
    expect(conditions({ status })).toEqual(['SuccessCriteriaMet CompletionsReached', 'Complete CompletionsReached']);
    expect(Date.parse(status.completionTime)).toBeGreaterThanOrEqual(Date.parse(status.startTime));
    expect(spec).toMatchObject({ completions: 1, parallelism: 1, backoffLimit: 6 });
    const [pod, ...others] = await podsOf('migrate');
    expect(others).toEqual([]);
    expect(pod.metadata.finalizers ?? []).toEqual([]);
    expect((await test.api('GET', pathOf('Pod', NS, `${pod.metadata.name}/log`))).body).toBe('migrated\n');
    const events = await eventsOf(test.api, NS, 'migrate');
    expect(events.sort()).toEqual(['Completed: Job completed', `SuccessfulCreate: Created pod: ${pod.metadata.name}`]);
  });

  it('fails when its pods fail too often, and keeps them readable', async () => {
    await start(job('broken', broken, { backoffLimit: 1 }));
    const { status } = await ended('broken');
    expect(status).toMatchObject({ failed: 2, succeeded: 0, active: 0 });
    expect(conditions({ status })).toEqual(['FailureTarget BackoffLimitExceeded', 'Failed BackoffLimitExceeded']);
    expect(status.conditions[1].message).toBe('Job has reached the specified backoff limit');
    const pods = await podsOf('broken');
    expect(pods.map(({ status: { phase } }) => phase)).toEqual(['Failed', 'Failed']);
  });

  it('with restartPolicy OnFailure restarts in its pod, which is deleted at the limit', async () => {
    await start(job('again', broken, { backoffLimit: 2 }, { restartPolicy: 'OnFailure' }));
    expect(conditions(await ended('again'))).toContain('Failed BackoffLimitExceeded');
    expect(await podsOf('again')).toEqual([]);
  });

  it('is stopped at its deadline, and deleted with its pods after its time to live', async () => {
    const spec = { activeDeadlineSeconds: 1, ttlSecondsAfterFinished: 1 };
    await start(job('hangs', endless, spec, { terminationGracePeriodSeconds: 1 }));
    const { status } = await ended('hangs');
    expect(conditions({ status })).toEqual(['FailureTarget DeadlineExceeded', 'Failed DeadlineExceeded']);
    expect(status).toMatchObject({ failed: 1, active: 0 });
    const gone = async () => (await test.api('GET', pathOf('Job', NS, 'hangs'))).status;
    await until(gone, (each) => each === 404);
    expect(await podsOf('hangs')).toEqual([]);
  });

  it('counts a pod that was deleted by hand as failed, and replaces it', async () => {
    await start(job('lost', endless, {}, { terminationGracePeriodSeconds: 1 }));
    const running = ([pod]: Loose[]) => pod?.status?.phase === 'Running';
    const [first] = await until(() => podsOf('lost'), running);
    await test.api('DELETE', pathOf('Pod', NS, first.metadata.name));
    await until(
      () => podsOf('lost'),
      (pods) => running(pods) && pods[0].metadata.name !== first.metadata.name,
    );
    expect((await get('Job', 'lost')).status).toMatchObject({ failed: 1, active: 1 });
    await test.api('DELETE', `${pathOf('Job', NS, 'lost')}?propagationPolicy=Background`);
    await until(
      () => podsOf('lost'),
      (pods) => pods.length === 0,
    );
  });

  it('keeps its pods at a deletion without a policy, as batch/v1 does', async () => {
    await test.api('DELETE', pathOf('Job', NS, 'migrate'));
    await until(
      async () => (await test.api('GET', pathOf('Job', NS, 'migrate'))).status,
      (each) => each === 404,
    );
    const [pod] = await podsOf('migrate');
    expect(pod.metadata.ownerReferences ?? []).toEqual([]);
  });

  it('is refused for settings that are not emulated, and for pods that would restart for ever', async () => {
    const refused = async (spec: Loose, pod: Loose = {}) => {
      const answer = await test.api('POST', pathOf('Job', NS), job('odd', done, spec, pod));
      return `${answer.status} ${answer.body.message}`;
    };
    const named = '422 Job.batch "odd" is invalid: spec';
    expect(await refused({ podFailurePolicy: { rules: [] } })).toBe(
      `${named}.podFailurePolicy: Forbidden: is not emulated by the local cluster`,
    );
    expect(await refused({}, { restartPolicy: 'Always' })).toBe(
      `${named}.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"`,
    );
    await start(job('fixed', done));
    const other = job('fixed', broken).spec.template;
    const type = 'application/merge-patch+json';
    const { status, body } = await test.api(
      'PATCH',
      pathOf('Job', NS, 'fixed'),
      { spec: { template: other } },
      { type },
    );
    expect([status, body.message]).toEqual([422, expect.stringMatching(/spec\.template: .*field is immutable/)]);
  });
});

/**
 * Sets the clock of schedules to a moment before the next full minute, and returns that minute, counted since 1970. Objects get the real time of
 * their creation, which must be before that minute.
 */
async function shortlyBeforeMinute(): Promise<number> {
  const left = 60_000 - (Date.now() % 60_000);
  if (left < 3000) await new Promise((resolve) => setTimeout(resolve, left));
  const next = Math.floor(Date.now() / 60_000) + 1;
  ahead = next * 60_000 - 150 - Date.now();
  return next;
}

function cronJob(name: string, image: string, spec: Loose = {}): Loose {
  const { spec: jobSpec } = job(name, image, {}, { terminationGracePeriodSeconds: 1 });
  const { schedule = '* * * * *', ...rest } = spec;
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name },
    spec: { schedule, jobTemplate: { spec: jobSpec }, ...rest },
  };
}

/** Moves the clock by another minute, and waits until the controller has read it. */
async function nextMinute(name: string): Promise<void> {
  ahead += 60_000;
  const annotations = { 'test/minute': String(ahead) };
  await created(
    test.api(
      'PATCH',
      pathOf('CronJob', NS, name),
      { metadata: { annotations } },
      { type: 'application/merge-patch+json' },
    ),
  );
}

const jobsOf = async (name: string) =>
  (await list('Job')).filter(({ metadata }) => metadata.name.startsWith(`${name}-`));

describe('a CronJob', () => {
  it('creates a Job when due, named by the minute, and keeps as many as its history limit', async () => {
    const minute = await shortlyBeforeMinute();
    await start(cronJob('report', done, { successfulJobsHistoryLimit: 1 }));
    const finished = (number: number) =>
      until(
        () => jobsOf('report'),
        (jobs) => jobs.length === 1 && jobs[0].metadata.name === `report-${number}` && isOver(jobs[0]),
      );
    const [first] = await finished(minute);
    const scheduled = new Date(minute * 60_000).toISOString().replace('.000Z', 'Z');
    expect(first.metadata.annotations['batch.kubernetes.io/cronjob-scheduled-timestamp']).toBe(scheduled);
    expect(first.metadata.ownerReferences[0]).toMatchObject({ kind: 'CronJob', name: 'report', controller: true });
    const settled = await until(
      () => get('CronJob', 'report'),
      ({ status }) => status.lastSuccessfulTime !== undefined && status.active === undefined,
    );
    expect(settled.status.lastScheduleTime).toBe(scheduled);
    await nextMinute('report');
    await finished(minute + 1);
    expect(await eventsOf(test.api, NS, 'report')).toContain(`SuccessfulDelete: Deleted job report-${minute}`);
    await created(test.api('DELETE', pathOf('CronJob', NS, 'report')));
    await until(
      () => jobsOf('report'),
      (jobs) => jobs.length === 0,
    );
  });

  it('lets runs overlap, forbids that, or replaces them, as its policy says', async () => {
    const minute = await shortlyBeforeMinute();
    const names = ['Allow', 'Forbid', 'Replace'].map((concurrencyPolicy) => ({
      concurrencyPolicy,
      name: concurrencyPolicy.toLowerCase(),
    }));
    for (const { name, concurrencyPolicy } of names) await start(cronJob(name, endless, { concurrencyPolicy }));
    const numbers = async (name: string) =>
      (await jobsOf(name))
        .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
        .map(({ metadata }) => Number(metadata.name.split('-')[1]) - minute);
    const be = (name: string, wanted: number[]) =>
      until(
        () => numbers(name),
        (seen) => JSON.stringify(seen) === JSON.stringify(wanted),
      );
    for (const { name } of names) await be(name, [0]);
    ahead += 60_000;
    for (const { name } of names) {
      ahead -= 60_000;
      await nextMinute(name);
    }
    await be('allow', [0, 1]);
    await be('replace', [1]);
    const why =
      'JobAlreadyActive: Not starting job because prior execution is running and concurrency policy is Forbid';
    await until(
      () => eventsOf(test.api, NS, 'forbid'),
      (events) => events.includes(why),
    );
    expect(await numbers('forbid')).toEqual([0]);
    for (const { name } of names) await created(test.api('DELETE', pathOf('CronJob', NS, name)));
  });

  it('does nothing while suspended or for a run that is too late', async () => {
    const minute = await shortlyBeforeMinute();
    await start(cronJob('paused', done, { suspend: true }));
    await start(cronJob('late', done, { startingDeadlineSeconds: 10 }));
    await until(
      () => jobsOf('late'),
      (jobs) => jobs.length === 1,
    );
    ahead = (minute + 1) * 60_000 + 30_000 - Date.now() - 60_000;
    await nextMinute('late');
    await until(
      () => eventsOf(test.api, NS, 'late'),
      (events) => events.some((each) => each.startsWith('MissSchedule: Missed scheduled time to start a job')),
    );
    expect((await jobsOf('late')).length).toBe(1);
    expect(await jobsOf('paused')).toEqual([]);
  });

  it('is refused with an unreadable schedule or time zone', async () => {
    const refused = async (spec: Loose) =>
      (await test.api('POST', pathOf('CronJob', NS), cronJob('odd', done, spec))).body.message;
    expect(await refused({ schedule: '* * * *' })).toContain(
      'spec.schedule: Invalid value: "* * * *": expected exactly 5 fields',
    );
    expect(await refused({ schedule: '@daily', timeZone: 'Mars/Olympus' })).toContain('unknown time zone Mars/Olympus');
    expect(await refused({ schedule: 'TZ=UTC * * * * *' })).toContain('use timeZone field instead');
  });
});
