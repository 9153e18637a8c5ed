import { memo } from 'react';

/** The colours of series, in their order. */
export const looks = {
  one: { stroke: 'stroke-chart-1', fill: 'fill-chart-1', dot: 'bg-chart-1' },
  two: { stroke: 'stroke-chart-2', fill: 'fill-chart-2', dot: 'bg-chart-2' },
  three: { stroke: 'stroke-chart-3', fill: 'fill-chart-3', dot: 'bg-chart-3' },
  four: { stroke: 'stroke-chart-4', fill: 'fill-chart-4', dot: 'bg-chart-4' },
  bad: { stroke: 'stroke-bad', fill: 'fill-bad', dot: 'bg-bad' },
};

export interface Series {
  readonly name: string;
  /** A value for each step; null without measurements. */
  readonly values: readonly (number | null)[];
  readonly look: keyof typeof looks;
  /** Default a line. */
  readonly shape?: 'area' | 'bars';
}

/** A moment that matters, such as a deployment. */
export interface Marker {
  /** In steps from the beginning of the chart. */
  readonly place: number;
  readonly text: string;
  readonly isBad: boolean;
}

interface PlotProps {
  readonly series: readonly Series[];
  readonly markers: readonly Marker[];
  /** How many steps the chart has. */
  readonly length: number;
  /** The value at its upper edge. */
  readonly top: number;
}

const HEIGHT = 100;

/** The lines of a chart. It stretches to the size of its box, and is drawn again only with new data. */
export const Plot = memo(function Plot({ series, markers, length, top }: PlotProps) {
  const y = (value: number) => HEIGHT - (HEIGHT * value) / top;
  return (
    <svg
      aria-hidden="true"
      viewBox={`0 0 ${length} ${HEIGHT}`}
      preserveAspectRatio="none"
      className="absolute inset-0 size-full overflow-visible"
    >
      {[0, HEIGHT / 2, HEIGHT].map((height) => (
        <Line key={height} d={`M0 ${height}H${length}`} className="stroke-line" />
      ))}
      {series.map(({ name, values, look, shape }) => (
        <g key={name}>
          {shape === 'area' && <path d={areaOf(values, y)} className={`${looks[look].fill} opacity-15`} />}
          {shape === 'bars' ? (
            <path d={barsOf(values, y)} className={looks[look].fill} />
          ) : (
            <Line d={lineOf(values, y)} className={looks[look].stroke} width={1.75} />
          )}
        </g>
      ))}
      {markers.map(({ place, text, isBad }) => (
        <Line
          key={`${place} ${text}`}
          d={`M${place} 0V${HEIGHT}`}
          className={isBad ? 'stroke-bad' : 'stroke-ink'}
          dashes="2 3"
        />
      ))}
    </svg>
  );
});

interface LineProps {
  readonly d: string;
  readonly className: string;
  readonly width?: number;
  readonly dashes?: string;
}

/** A line of the same width however the chart is stretched. */
function Line({ d, className, width = 1, dashes }: LineProps) {
  return (
    <path
      d={d}
      className={`fill-none ${className}`}
      strokeWidth={width}
      strokeDasharray={dashes}
      strokeLinecap={dashes === undefined ? 'round' : 'butt'}
      strokeLinejoin="round"
      vectorEffect="non-scaling-stroke"
    />
  );
}

type Height = (value: number) => number;

/** The steps that follow each other and have a value, each with its middle and its height. */
function stretchesOf(values: readonly (number | null)[], y: Height): (readonly (readonly [x: number, y: number])[])[] {
  const stretches: [number, number][][] = [];
  for (const [index, value] of values.entries()) {
    if (value === null) continue;
    const point: [number, number] = [index + 0.5, round(y(value))];
    const isNext = index > 0 && values[index - 1] !== null;
    if (isNext) stretches.at(-1)?.push(point);
    else stretches.push([point]);
  }
  return stretches;
}

/** A value without neighbours is a dot: a line of no length with round ends. */
function lineOf(values: readonly (number | null)[], y: Height): string {
  return stretchesOf(values, y)
    .map((points) => `M${points.map((point) => point.join(' ')).join('L')}${points.length === 1 ? 'h0.001' : ''}`)
    .join('');
}

function areaOf(values: readonly (number | null)[], y: Height): string {
  return stretchesOf(values, y)
    .map((points) => {
      const [first = 0, last = 0] = [points[0]?.[0], points.at(-1)?.[0]];
      return `M${first} ${HEIGHT}L${points.map((point) => point.join(' ')).join('L')}L${last} ${HEIGHT}Z`;
    })
    .join('');
}

function barsOf(values: readonly (number | null)[], y: Height): string {
  return values
    .map((value, index) =>
      value === null || value === 0 ? '' : `M${index + 0.1} ${HEIGHT}V${round(y(value))}h0.8V${HEIGHT}Z`,
    )
    .join('');
}

const round = (value: number) => Math.round(value * 100) / 100;
