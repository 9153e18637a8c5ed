import { newId } from '@gantry/contract/ids.ts';
import type { AlertRecord } from '@gantry/core/records/alerts.ts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NOTHING } from '../../../../layers/core/metrics/reading.ts';
import { type Database, startDatabase } from '../database.ts';

let database: Database;
let rounds: typeof import('@gantry/core/alerts/rounds.ts');
let spans: typeof import('@gantry/core/metrics/spans.ts');
let records: typeof import('@gantry/core/records/alerts.ts');

beforeAll(async () => {
  database = await startDatabase('alerts-test');
  Object.assign(process.env, {
    TABLE_NAME: 'alerts-test',
    AWS_REGION: 'xx-local-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL: database.endpoint,
  });
  rounds = await import('@gantry/core/alerts/rounds.ts');
  spans = await import('@gantry/core/metrics/spans.ts');
  records = await import('@gantry/core/records/alerts.ts');
});
afterAll(() => database.stop());

/** In minutes since 1970. */
const BEGIN = 29_700_000;
const MINUTES = 12;
const release = newId('release');

/** An alert on an error rate above half, and an app that answered ten requests a minute with so many errors. */
async function alertOn(errors: readonly (number | undefined)[]): Promise<AlertRecord> {
  const instance = { teamId: newId('team'), serviceId: newId('service'), environmentId: newId('environment') };
  const minutes = errors.flatMap((count, minute) =>
    count === undefined
      ? []
      : [
          [
            BEGIN + minute,
            new Map([[release, { ...NOTHING, requests: 10, errors: count, times: new Map([[100, 10]]) }]]),
          ] as const,
        ],
  );
  await spans.recordMinutes(instance, new Map(minutes));
  const at = new Date(BEGIN * 60_000).toISOString();
  const alert: AlertRecord = {
    ...{ ...instance, projectId: newId('project'), id: newId('alert'), shard: 0, name: 'Errors', metric: 'error-rate' },
    ...{ threshold: 50, clearThreshold: 50, windowMinutes: 1, calmMinutes: 2, missingData: 'keep' },
    ...{ state: 'ok', told: false, judged: BEGIN - 1, since: at, createdAt: at, version: 1 },
  };
  await records.AlertEntity.create(alert).go();
  return alert;
}

async function outcome({ teamId, projectId, id }: AlertRecord) {
  const [{ data: alert }, { data: changes }] = await Promise.all([
    records.AlertEntity.get({ shard: 0, teamId, projectId, id }).go(),
    records.AlertChangeEntity.query.primary({ teamId, alertId: id }).go({ pages: 'all' }),
  ]);
  const shown = changes.map(({ minute, from, to }) => `${Number(minute) - BEGIN} ${from} ${to}`);
  return { state: alert?.state, version: alert?.version, changes: shown };
}

describe('the minutes of an alert', () => {
  it('give the same state and one change each, whatever runs repeat them, overlap, come late or are killed', async () => {
    const errors = fc.array(fc.option(fc.constantFrom(0, 4, 6, 10), { nil: undefined }), {
      minLength: MINUTES,
      maxLength: MINUTES,
    });
    const run = fc.record({
      until: fc.nat({ max: MINUTES - 1 }),
      begunAfter: fc.nat({ max: 6 }),
      isKilled: fc.boolean(),
      atOnce: fc.integer({ min: 1, max: 3 }),
    });
    const last = { until: MINUTES - 1, begunAfter: 6, isKilled: false, atOnce: 2 };
    await fc.assert(
      fc.asyncProperty(errors, fc.array(run, { maxLength: 6 }), async (counts, runs) => {
        const once = await alertOn(counts);
        for (let minute = 0; minute < MINUTES; minute += 1) await judge(await current(once), minute, minute);
        const often = await alertOn(counts);
        // What a run reads when it begins: how far earlier runs said they came, then the alert. A late run acts on what it read long ago.
        const begun = [{ finished: -1, alert: often }];
        for (const { until, begunAfter, isKilled, atOnce } of [...runs, last]) {
          const { finished, alert } = begun[begunAfter] ?? begun.at(-1) ?? { finished: -1, alert: often };
          await Promise.all(Array.from({ length: atOnce }, () => judge(alert, finished + 1, until)));
          const before = begun.at(-1)?.finished ?? -1;
          begun.push({ finished: isKilled ? before : Math.max(before, until), alert: await current(often) });
        }
        const wanted = await outcome(once);
        expect(await outcome(often)).toEqual(wanted);
        expect(wanted.version).toBe(1 + wanted.changes.length);
      }),
      { numRuns: 12 },
    );
  });

  async function current({ teamId, projectId, id }: AlertRecord): Promise<AlertRecord> {
    const { data } = await records.AlertEntity.get({ shard: 0, teamId, projectId, id }).go();
    if (data === null) throw new Error('the alert is gone');
    return data;
  }

  const judge = (alert: AlertRecord, from: number, until: number) =>
    rounds.judgeInstance([alert], BEGIN + from, BEGIN + until);

  it('are judged no more once the alert is deleted', async () => {
    const alert = await alertOn([10, 10]);
    const { teamId, projectId, id } = alert;
    await records.AlertEntity.delete({ shard: 0, teamId, projectId, id }).go();
    await rounds.judgeInstance([alert], BEGIN, BEGIN + 1);
    expect(await outcome(alert)).toEqual({ state: undefined, version: undefined, changes: [] });
  });
});
