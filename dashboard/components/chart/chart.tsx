import { useMemo } from 'react';
import { Card } from '../card.tsx';
import { Cursor } from './cursor.tsx';
import { looks, type Marker, Plot, type Series } from './plot.tsx';
import { momentText, ticksOf, topOf } from './scale.ts';

/** The steps of a chart, and the one that the user points at in any of the neighbouring charts. */
export interface Moments {
  /** The beginning of each step, in milliseconds since 1970. */
  readonly steps: readonly number[];
  readonly stepMs: number;
  readonly markers: readonly Marker[];
  readonly at: number | null;
  readonly onMove: (at: number | null) => void;
}

interface ChartProps {
  readonly title: string;
  /** The total of the range: `1,204 in all`. */
  readonly summary?: string | undefined;
  readonly series: readonly Series[];
  readonly format: (value: number) => string;
  /** The upper edge is at least there. */
  readonly least: number;
  readonly moments: Moments;
}

/** Lines over time, with the values of the moment that the user points at, or else the newest ones. */
export function Chart({ title, summary, series, format, least, moments }: ChartProps) {
  const { steps, stepMs, markers, at, onMove } = moments;
  const [from = 0, until = 0] = [steps[0], (steps.at(-1) ?? 0) + stepMs];
  const ticks = useMemo(() => ticksOf(from, until), [from, until]);
  const top = useMemo(
    () =>
      topOf(
        series.flatMap(({ values }) => values),
        least,
      ),
    [series, least],
  );
  const newest = series[0]?.values.findLastIndex((value) => value !== null) ?? -1;
  const shown = at ?? newest;
  const valueText = ({ values }: Series) => {
    const value = values[shown] ?? null;
    return value === null ? '–' : format(value);
  };
  const near = markers.filter(({ place }) => at !== null && Math.floor(place) === at).map(({ text }) => text);
  const moment = steps[shown] === undefined ? '' : momentText(steps[shown]);
  const values = series.map((each) => `${each.name} ${valueText(each)}`).join(', ');
  return (
    <Card
      title={title}
      actions={summary !== undefined && <span className="text-small text-soft tabular">{summary}</span>}
    >
      <div className="flex min-h-5 flex-wrap items-center gap-x-4 gap-y-1 px-4 pt-3 text-small">
        {series.map((each) => (
          <span key={each.name} className="inline-flex items-center gap-1.5">
            <span aria-hidden="true" className={`h-0.5 w-3 rounded-full ${looks[each.look].dot}`} />
            <span className="text-soft">{each.name}</span>
            <span className="font-medium tabular">{valueText(each)}</span>
          </span>
        ))}
        <span className="ml-auto text-faint tabular">{at === null ? '' : [...near, moment].join(' · ')}</span>
      </div>
      <div className="grid grid-cols-[3.5rem_minmax(0,1fr)] gap-x-2 px-4 pt-3 pb-2">
        <div aria-hidden="true" className="flex h-32 flex-col justify-between text-right text-tiny text-faint tabular">
          {[top, top / 2, 0].map((value) => (
            <span key={value} className="-my-2">
              {format(value)}
            </span>
          ))}
        </div>
        <div className="relative h-32">
          <Plot series={series} markers={markers} length={steps.length} top={top} />
          <Cursor
            label={`${title}, by time`}
            text={[moment, values, ...near].filter(Boolean).join(': ')}
            series={series}
            length={steps.length}
            top={top}
            at={at}
            onMove={onMove}
          />
        </div>
        <div aria-hidden="true" className="relative col-start-2 h-6 overflow-hidden text-tiny text-faint tabular">
          {ticks.map(({ place, text }) => (
            <span
              key={text}
              className="absolute top-2 -translate-x-1/2 whitespace-nowrap max-sm:even:hidden"
              style={{ left: `${100 * place}%` }}
            >
              {text}
            </span>
          ))}
        </div>
      </div>
    </Card>
  );
}
