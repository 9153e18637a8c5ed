import type { Metrics, MetricValues } from '@gantry/contract/schemas/metrics.ts';
import { shortId } from '@gantry/contract/short-id.ts';
import { Card } from '../../../components/card.tsx';
import { momentText } from '../../../components/chart/scale.ts';
import { countText, latencyText, MIB, memoryText, percentText, processorText } from '../../../data/metric-values.ts';

interface MetricTableProps {
  readonly metrics: Metrics;
  /** As in the address. */
  readonly release: string | undefined;
}

interface Row {
  readonly at: string;
  readonly releaseId?: string;
  readonly values: MetricValues;
}

type Column = readonly [name: string, of: (row: Row) => string];

const known = (value: number | null, text: (value: number) => string) => (value === null ? '–' : text(value));
const column = (name: string, of: (values: MetricValues) => string): Column => [name, ({ values }) => of(values)];

const RELEASE: Column = ['Release', ({ releaseId = '' }) => shortId(releaseId)];
const COLUMNS: readonly Column[] = [
  column('Requests', ({ requests }) => countText(requests)),
  column('Errors', ({ errors }) => countText(errors)),
  column('Error rate', ({ requests, errors }) => (requests === 0 ? '–' : percentText((100 * errors) / requests))),
  column('p50', ({ p50 }) => known(p50, latencyText)),
  column('p95', ({ p95 }) => known(p95, latencyText)),
  column('p99', ({ p99 }) => known(p99, latencyText)),
  column('CPU', ({ cpu }) => known(cpu, processorText)),
  column('Memory', ({ memory }) => known(memory, (bytes) => memoryText(bytes / MIB))),
  column('Replicas', ({ replicas }) => known(replicas, countText)),
  column('Restarts', ({ restarts }) => countText(restarts)),
];

/** The values of each point, the newest first. A comparison of releases has a row for each of them. */
export function MetricTable({ metrics, release }: MetricTableProps) {
  const columns = release === 'each' ? [RELEASE, ...COLUMNS] : COLUMNS;
  const rows = metrics.points.toReversed().flatMap(({ at, all, releases }): Row[] => {
    if (release === undefined) return [{ at, values: all }];
    const chosen = releases.filter(({ releaseId }) => release === 'each' || releaseId === release);
    return chosen.map(({ releaseId, ...values }) => ({ at, releaseId, values }));
  });
  return (
    <Card>
      <div className="overflow-x-auto">
        <table className="w-full text-right text-small tabular">
          <caption className="sr-only">Values by time, the newest first</caption>
          <thead className="text-soft">
            <tr className="border-b border-line">
              {['From', ...columns.map(([name]) => name)].map((name, index) => (
                <th
                  key={name}
                  scope="col"
                  className={`px-4 py-2.5 font-medium whitespace-nowrap ${index === 0 ? 'text-left' : ''}`}
                >
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody className="divide-y divide-line">
            {rows.map((row) => (
              <tr key={`${row.at} ${row.releaseId}`}>
                <th scope="row" className="px-4 py-1.5 text-left font-normal whitespace-nowrap text-soft">
                  <time dateTime={row.at}>{momentText(Date.parse(row.at))}</time>
                </th>
                {columns.map(([name, of]) => (
                  <td key={name} className="px-4 py-1.5 whitespace-nowrap">
                    {of(row)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}
