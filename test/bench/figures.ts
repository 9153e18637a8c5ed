/** One line of the table. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** Against what else was measured in the same run; met up to `aim` times that. */
  readonly ratio?: { readonly times: number; readonly to: string; readonly aim?: number };
  /** The figure is met up to this value. */
  readonly aim?: number;
  /** The figure is met from this value on. */
  readonly least?: number;
  /** How it was come by, where the name does not say it. */
  readonly detail?: string;
}

/** What a group of figures is measured by; it throws where it cannot be. */
export interface Topic {
  readonly name: string;
  measure(): Promise<readonly Figure[]>;
}

export type Verdict = 'met' | 'missed' | '';

/** Whether a figure meets all the aims that it has. */
export function verdictOf({ value, aim, least, ratio }: Figure): Verdict {
  if (aim === undefined && least === undefined && ratio?.aim === undefined) return '';
  const met =
    value <= (aim ?? Number.POSITIVE_INFINITY) &&
    value >= (least ?? Number.NEGATIVE_INFINITY) &&
    (ratio?.times ?? 0) <= (ratio?.aim ?? Number.POSITIVE_INFINITY);
  return met ? 'met' : 'missed';
}

/** The value below which the share `q` (0 to 1) of the values lies, by the nearest rank. Throws where there are none. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const found = sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)];
  if (found === undefined) throw new Error('There is no quantile of no values.');
  return found;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** Runs `work` and answers what it took in milliseconds. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/**
 * Runs each of the works in turn, `times` over after `warmUp` rounds that do not count, and answers what each took, in milliseconds. What
 * slows the machine down for a while then hits all alike; so does what a work leaves behind, since every other round runs backwards.
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
