import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import type { Metrics } from '@gantry/local/kernel/ports.ts';
import type { AlarmProperties } from '@gantry/local/services/cloudwatch/alarm.ts';
import { createCloudWatch } from '@gantry/local/services/cloudwatch/cloudwatch.ts';
import { createMetrics } from '@gantry/local/services/cloudwatch/metrics.ts';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { declare } from '../local/services/lambda/functions.ts';
import { bench } from '../local/support.ts';
import { assembled, type Made, ofType } from './synthesis.ts';

const RUNBOOKS = join(import.meta.dirname, '../../docs/runbooks');

let made: Made;
beforeAll(async () => {
  made = await assembled();
}, 60_000);

interface Named {
  readonly name: string;
  readonly page: string;
  readonly properties: AlarmProperties;
}

const alarms = (): Named[] =>
  ofType(made, 'AWS::CloudWatch::Alarm').map(({ logicalId, Properties }) => ({
    name: logicalId.replace(/[0-9A-F]{8}$/, ''),
    page: /Runbook: docs\/runbooks\/([a-z-]+)\.md$/.exec(String(Properties.AlarmDescription))?.[1] ?? 'none',
    properties: resolved(Properties) as unknown as AlarmProperties,
  }));

/** A value with CloudFormation functions, as a text. Equal references give equal texts. */
function resolved(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(resolved);
  if (typeof value !== 'object' || value === null) return value;
  const keys = Object.keys(value);
  if (keys.length === 1 && /^(Ref|Fn::.+)$/.test(keys[0] ?? '')) return JSON.stringify(value);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, resolved(each)]));
}

describe('the alarms of the platform', () => {
  it('are few, and all notify one topic', () => {
    expect(alarms().length).toBeLessThan(20);
    const actions = new Set(alarms().map(({ properties }) => JSON.stringify(Reflect.get(properties, 'AlarmActions'))));
    expect([...actions]).toEqual([expect.stringContaining('gantry-local-operations:ExportsOutputRefAlarms')]);
  });

  it('each have a runbook that says what happened, which command shows the cause and what to do; and there is no other runbook', () => {
    const pages = alarms().map(({ page }) => page);
    expect([...new Set(pages)].sort()).toEqual(
      readdirSync(RUNBOOKS)
        .map((file) => file.replace('.md', ''))
        .sort(),
    );
    for (const page of pages) {
      const text = readFileSync(join(RUNBOOKS, `${page}.md`), 'utf8');
      expect(text).toMatch(
        /## What shows the cause\n\n```sh\n(aws|kubectl|npx|npm|KUBECONFIG=<file>|for) [\s\S]+```\n\n## What to do\n\n- /,
      );
      const links = [...text.matchAll(/\]\(([^)#:]+)\)/g)].map(([, path = '']) => path);
      expect(links.filter((path) => !existsSync(join(RUNBOOKS, path)))).toEqual([]);
    }
  });

  it('are silent without data, and with good data', async () => {
    expect(wrong(await statesAfter(() => undefined), 'OK')).toEqual([]);
    expect(wrong(await statesAfter((alarm, metrics) => plant(alarm, metrics, 0, allOf(alarm))), 'OK')).toEqual([]);
  });

  it('go off after as many bad periods as they require, the oldest as well as the newest', async () => {
    const oldest = (alarm: AlarmProperties) => allOf(alarm).slice(-needed(alarm));
    const newest = (alarm: AlarmProperties) => allOf(alarm).slice(0, needed(alarm));
    for (const periods of [oldest, newest])
      expect(wrong(await statesAfter((alarm, metrics) => plant(alarm, metrics, BAD, periods(alarm))), 'ALARM')).toEqual(
        [],
      );
  });

  it('stay silent after fewer bad periods, or older ones', async () => {
    const fewer = (alarm: AlarmProperties) => allOf(alarm).slice(0, needed(alarm) - 1);
    const older = (alarm: AlarmProperties) => allOf(alarm).map((index) => index + allOf(alarm).length);
    for (const periods of [fewer, older])
      expect(wrong(await statesAfter((alarm, metrics) => plant(alarm, metrics, BAD, periods(alarm))), 'OK')).toEqual(
        [],
      );
  });
});

/** A value far beyond every threshold. */
const BAD = 100_000;

const needed = ({ EvaluationPeriods, DatapointsToAlarm = EvaluationPeriods }: AlarmProperties) =>
  Number(DatapointsToAlarm);

/** The periods that an alarm evaluates: 0 is the newest. */
const allOf = ({ EvaluationPeriods }: AlarmProperties) =>
  Array.from({ length: Number(EvaluationPeriods) }, (_, at) => at);

const wrong = (states: ReadonlyMap<string, string>, expected: string) =>
  [...states].filter(([, state]) => state !== expected);

/**
 * The state of each alarm according to CloudWatch once there are metrics, as an operator's client sees it. Other
 * clients do not see the metrics.
 */
async function statesAfter(
  measure: (alarm: AlarmProperties, metrics: Metrics) => void,
): Promise<ReadonlyMap<string, string>> {
  const states = new Map<string, string>();
  for (const { name, properties } of alarms()) {
    const metrics = createMetrics();
    const cloudWatch = createCloudWatch(metrics);
    const cloud = await bench(async (kernel) => {
      await declare(kernel, cloudWatch, 'AWS::CloudWatch::Alarm', name, { ...properties, AlarmName: name });
      measure(properties, metrics);
      return [cloudWatch];
    });
    const client = new CloudWatchClient(cloud.client());
    const { MetricAlarms = [] } = await client.send(new DescribeAlarmsCommand({ AlarmNames: [name] }));
    states.set(name, MetricAlarms[0]?.StateValue ?? 'not there');
    client.destroy();
    await cloud.close();
  }
  return states;
}

/** Records a value in the middle of certain periods of an alarm's metrics. Each period has many calls and builds. */
function plant(alarm: AlarmProperties, metrics: Metrics, value: number, periods: readonly number[]): void {
  const now = Date.now();
  const record = (metric: Parameters<Metrics['record']>[0], period: unknown) => {
    for (const index of periods) metrics.record({ ...metric, at: now - (index + 0.5) * Number(period) * 1000 });
  };
  const { Metrics: queries = [], Period } = alarm;
  const stated = queries.flatMap(({ MetricStat }) => (MetricStat ? [MetricStat] : []));
  for (const { Metric, Period: period } of queries.length === 0 ? [{ Metric: alarm, Period }] : stated) {
    const isWhole = /^(Calls|Count|Builds)$/.test(Metric.MetricName ?? '');
    const dimensions = Object.fromEntries((Metric.Dimensions ?? []).map(({ Name, Value }) => [Name, Value]));
    const names = { namespace: String(Metric.Namespace), name: String(Metric.MetricName), dimensions };
    record({ ...names, value: isWhole ? BAD : value }, period);
  }
  // A query counts over all load balancers that exist.
  const [query] = queries;
  const [, name, namespace = '', dimension = ''] =
    /SUM\((\w+)\) FROM SCHEMA\("([^"]+)", (\w+)\)/.exec(query?.Expression ?? '') ?? [];
  if (name === undefined) return;
  for (const each of ['app/a/1', 'app/b/2'])
    record({ namespace, name, dimensions: { [dimension]: each }, value: value / 2 }, query?.Period);
}
