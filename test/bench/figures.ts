/** One line of the table. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** A figure of the same run to compare with. The target is met up to `aim` times that figure. */
  readonly ratio?: { readonly times: number; readonly to: string; readonly aim?: number };
  /** The target is met up to this value. */
  readonly aim?: number;
  /** The target is met from this value on. */
  readonly least?: number;
  /** How the figure was measured, if the name does not say it. */
  readonly detail?: string;
}

/** Measures a group of figures. Throws if that is impossible. */
export interface Topic {
  readonly name: string;
  measure(): Promise<readonly Figure[]>;
}

export type Verdict = 'met' | 'missed' | '';

/** Whether a figure meets all its targets. */
export function verdictOf({ value, aim, least, ratio }: Figure): Verdict {
  if (aim === undefined && least === undefined && ratio?.aim === undefined) return '';
  const met =
    value <= (aim ?? Number.POSITIVE_INFINITY) &&
    value >= (least ?? Number.NEGATIVE_INFINITY) &&
    (ratio?.times ?? 0) <= (ratio?.aim ?? Number.POSITIVE_INFINITY);
  return met ? 'met' : 'missed';
}

/** The `q`-quantile (0 to 1) of the values, by the nearest rank. Throws for an empty list. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const found = sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)];
  if (found === undefined) throw new Error('There is no quantile of no values.');
  return found;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** Runs `work` and returns its duration in milliseconds. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/**
 * Runs the works in turn, `times` times after `warmUp` uncounted rounds, and returns the durations of each in milliseconds.
 * A temporary slowdown of the machine so hits all works alike. Every other round runs backwards, so that leftovers of one work also slow down all
 * alike.
 */
export async function interleaved<const W extends readonly (() => Promise<unknown>)[]>(
  times: number,
  warmUp: number,
  ...works: W
): Promise<{ readonly [K in keyof W]: number[] }> {
  const rounds = works.map((work) => ({ work, values: [] as number[] }));
  for (let round = -warmUp; round < times; round += 1) {
    for (const { work, values } of round % 2 === 0 ? rounds : rounds.toReversed()) {
      const ms = await timed(work);
      if (round >= 0) values.push(ms);
    }
  }
  return rounds.map(({ values }) => values) as { [K in keyof W]: number[] };
}

/** A table of figures for a terminal. */
export function tableOf(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [
    figure.name,
    shown(figure.value),
    figure.unit,
    [
      figure.ratio && `${figure.ratio.times.toFixed(2)} × ${figure.ratio.to}`,
      figure.ratio?.aim !== undefined && `aim ≤ ${shown(figure.ratio.aim)} ×`,
      figure.aim !== undefined && `aim ≤ ${shown(figure.aim)}`,
      figure.least !== undefined && `aim ≥ ${shown(figure.least)}`,
    ]
      .filter(Boolean)
      .join(', '),
    verdictOf(figure),
  ]);
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === 1 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function shown(value: number): string {
  if (Number.isInteger(value)) return String(value);
  if (Math.abs(value) >= 100) return value.toFixed(0);
  return Math.abs(value) >= 1 ? value.toFixed(1) : value.toPrecision(2);
}
