import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AlarmProperties, stateOf } from '@gantry/local/services/cloudwatch/alarm.ts';
import { createMetrics } from '@gantry/local/services/cloudwatch/metrics.ts';
import { beforeAll, describe, expect, it } from '@jest/globals';
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

/** What CloudFormation fills in, as a text that is the same wherever the same is meant. */
function resolved(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(resolved);
  if (typeof value !== 'object' || value === null) return value;
  const keys = Object.keys(value);
  if (keys.length === 1 && /^(Ref|Fn::.+)$/.test(keys[0] ?? '')) return JSON.stringify(value);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, resolved(each)]));
}

describe('the alarms of the platform', () => {
  it('are few, and all tell one topic', () => {
    expect(alarms().length).toBeLessThan(20);
    const actions = new Set(alarms().map(({ properties }) => JSON.stringify(Reflect.get(properties, 'AlarmActions'))));
    expect([...actions]).toEqual([expect.stringContaining('gantry-local-operations:ExportsOutputRefAlarms')]);
  });

  it('each have a page that says what happened, which command shows the cause and what to do; and there is no other page', () => {
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

  it('are silent where nothing is measured, and where what is measured is in order', () => {
    const now = Date.now();
    for (const { name, properties } of alarms()) {
      expect([name, stateOf(properties, createMetrics(), now)]).toEqual([name, 'OK']);
      expect([name, stateOf(properties, filled(properties, now, 0), now)]).toEqual([name, 'OK']);
    }
  });

  it('go off where what they look at fails', () => {
    const now = Date.now();
    for (const { name, properties } of alarms())
      expect([name, stateOf(properties, filled(properties, now, 100_000), now)]).toEqual([name, 'ALARM']);
  });
});

/** Metrics in which each of an alarm's periods has the value, and calls and builds a hundred times the least share that counts. */
function filled(alarm: AlarmProperties, now: number, value: number) {
  const metrics = createMetrics();
  const stated = alarm.Metrics?.flatMap(({ MetricStat }) => (MetricStat ? [MetricStat] : [])) ?? [
    { Metric: alarm, Period: Number(alarm.Period) },
  ];
  // A query counts over whatever load balancers there are.
  const [, name, namespace, dimension] =
    /SUM\((\w+)\) FROM SCHEMA\("([^"]+)", (\w+)\)/.exec(alarm.Metrics?.[0]?.Expression ?? '') ?? [];
  for (let index = 0; name !== undefined && index < Number(alarm.EvaluationPeriods); index += 1)
    for (const each of ['app/a/1', 'app/b/2']) {
      const at = now - index * Number(alarm.Metrics?.[0]?.Period) * 1000 - 1;
      metrics.record({
        namespace: String(namespace),
        name,
        dimensions: { [String(dimension)]: each },
        value: value / 2,
        at,
      });
    }
  for (const { Metric, Period } of stated) {
    const isWhole = /^(Calls|Count|Builds)$/.test(Metric.MetricName ?? '');
    for (let index = 0; index < Number(alarm.EvaluationPeriods); index += 1) {
      metrics.record({
        namespace: String(Metric.Namespace),
        name: String(Metric.MetricName),
        dimensions: Object.fromEntries((Metric.Dimensions ?? []).map(({ Name, Value }) => [Name, Value])),
        value: isWhole ? 100_000 : value,
        at: now - index * Number(Period) * 1000 - 1,
      });
    }
  }
  return metrics;
}
