export const metricRanges = ['1h', '6h', '24h', '7d', '30d', '90d'] as const;
export type MetricRange = (typeof metricRanges)[number];

/** The selection of a service's charts, in the address. */
export interface MetricSearch {
  /** Default one hour. */
  readonly range?: MetricRange;
  /** `each` for a line of each release, or the id of one; default all together. */
  readonly release?: string;
  /** A table instead of charts. */
  readonly as?: 'table';
}

export function metricSearch({ range, release, as }: Record<string, unknown>): MetricSearch {
  const known = metricRanges.find((each) => each === range);
  return {
    ...(known !== undefined && known !== '1h' && { range: known }),
    ...(typeof release === 'string' && release !== '' && { release }),
    ...(as === 'table' && { as }),
  };
}
