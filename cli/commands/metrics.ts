import type { Metrics, MetricsQuery, MetricValues } from '@gantry/contract/schemas/metrics.ts';
import { shortId } from '@gantry/contract/short-id.ts';
import { verb } from '../declare.ts';
import { columns } from '../output.ts';
import { openSession } from '../session.ts';
import { instantOf } from '../since.ts';
import { sparkline } from '../sparkline.ts';
import { pathOf, targetFlags, targetOf } from '../target.ts';

const SINCE = '1h';
const STEPS = { '1m': '60', '5m': '300', '1h': '3600', '6h': '21600' } as const;

export const command = verb({
  details:
    'Shows requests, errors, latency, processor and memory of the last hour as lines of bars, and each release. --since and --until take a duration (15m, 2h,\n' +
    '3d) or an instant (2026-11-20T09:30:00Z). Latency is true to 2 percent, over any releases and time.',
  flags: {
    ...targetFlags,
    since: { summary: `from then on; default ${SINCE}`, value: 'time' },
    until: { summary: 'up to then; default now', value: 'time' },
    step: {
      summary: 'the length of a point; default the shortest available',
      value: 'step',
      choices: Object.keys(STEPS) as (keyof typeof STEPS)[],
    },
    release: { summary: 'only this release', value: 'id' },
  },
  examples: ['metrics', 'metrics --since 7d', 'metrics --since 1d --step 5m --json'],
  async run(context) {
    const { flags, out } = context;
    const session = await openSession(context);
    const target = await targetOf(context, session, flags);
    const query: MetricsQuery = {
      from: instantOf('--since', flags.since ?? SINCE, Date.now()),
      ...(flags.until !== undefined && { to: instantOf('--until', flags.until, Date.now()) }),
      ...(flags.step !== undefined && { step: STEPS[flags.step] }),
      ...(flags.release !== undefined && { release: flags.release }),
    };
    const metrics = await session.client('metrics.get', { params: pathOf(target), query });
    const { service, environment } = target;
    const heading = `${service.slug} in ${environment.slug}, ${span(metrics)}`;
    out.result(
      metrics,
      metrics.points.length === 0 ? `${heading}: nothing was measured.` : [`${heading}\n`, ...drawn(metrics)],
    );
  },
});

function span({ from, to, step }: Metrics): string {
  const length = Object.entries(STEPS).find(([, seconds]) => Number(seconds) === step)?.[0] ?? `${step} s`;
  return `${from.slice(0, 16).replace('T', ' ')} to ${to.slice(11, 16)} UTC, a bar for each ${length}`;
}

/** The most bars of a line. */
const WIDTH = 60;

function drawn(metrics: Metrics): string[] {
  const { total, points } = metrics;
  const bars = (of: (values: MetricValues) => number | null) => sparkline(spread(metrics, of), WIDTH);
  const last = points.at(-1)?.all;
  const late = metrics.trafficDelaySeconds / 60;
  const most = (of: (values: MetricValues) => number | null) => Math.max(0, ...points.map(({ all }) => of(all) ?? 0));
  const rows = [
    ['Requests', bars(({ requests }) => requests), `${total.requests} in all`],
    ['Errors', bars(({ errors }) => errors), `${total.errors}, ${share(total.errors, total.requests)}`],
    ...(['p50', 'p95', 'p99'] as const).map((name) => [
      name,
      bars((values) => values[name]),
      milliseconds(total[name]),
    ]),
    ['CPU', bars(({ cpu }) => cpu), `${processors(last?.cpu)} now, ${processors(most(({ cpu }) => cpu))} at most`],
    [
      'Memory',
      bars(({ memory }) => memory),
      `${megabytes(last?.memory)} now, ${megabytes(most(({ mostMemory }) => mostMemory))} at most`,
    ],
    ['Replicas', bars(({ replicas }) => replicas), `${Math.round(last?.replicas ?? 0)} now`],
    ['Restarts', bars(({ restarts }) => restarts), `${points.reduce((sum, { all }) => sum + all.restarts, 0)} in all`],
  ];
  const note = late === 0 ? '' : `\nRequests of a minute appear up to ${late} minutes after it.`;
  return [
    columns(rows),
    note,
    '\n\n',
    columns(releasesOf(metrics), ['RELEASE', 'REQUESTS', 'ERRORS', 'MEMORY', 'RESTARTS']),
  ];
}

/** One value for each step of the range; null without measurements. */
function spread({ from, to, step, points }: Metrics, of: (values: MetricValues) => number | null): (number | null)[] {
  const begin = Date.parse(from) / 1000;
  const values: (number | null)[] = Array.from(
    { length: Math.ceil((Date.parse(to) / 1000 - begin) / step) },
    () => null,
  );
  for (const { at, all } of points) values[Math.floor((Date.parse(at) / 1000 - begin) / step)] = of(all);
  return values;
}

function releasesOf({ points }: Metrics): string[][] {
  const releases = new Map<string, { requests: number; errors: number; memory: number; restarts: number }>();
  for (const { releases: all } of points)
    for (const { releaseId, requests, errors, mostMemory, restarts } of all) {
      const before = releases.get(releaseId) ?? { requests: 0, errors: 0, memory: 0, restarts: 0 };
      releases.set(releaseId, {
        requests: before.requests + requests,
        errors: before.errors + errors,
        memory: Math.max(before.memory, mostMemory ?? 0),
        restarts: before.restarts + restarts,
      });
    }
  return [...releases].map(([id, { requests, errors, memory, restarts }]) => [
    ...[shortId(id), String(requests), `${errors}, ${share(errors, requests)}`],
    ...[`${megabytes(memory)} at most`, String(restarts)],
  ]);
}

function share(part: number, whole: number): string {
  return whole === 0 ? '0 %' : `${Number(((100 * part) / whole).toPrecision(2))} %`;
}

function milliseconds(ms: number | null): string {
  return ms === null ? '-' : ms < 1000 ? `${Number(ms.toPrecision(3))} ms` : `${Number((ms / 1000).toPrecision(3))} s`;
}

function processors(cpu: number | null | undefined): string {
  return `${Number((cpu ?? 0).toPrecision(2))}`;
}

function megabytes(bytes: number | null | undefined): string {
  return `${Math.round((bytes ?? 0) / 1024 ** 2)} MB`;
}
