import { type Figure, interleaved, median, quantile } from './figures.ts';

/** The target for a warm read, as a multiple of its bare calls. */
export const READ_AIM = 1.25;

/**
 * Compares an operation of the API with its bare calls to DynamoDB: both run in turn, `times` times each, after `warmUp` uncounted rounds. With
 * `most`, the median of the operation must stay within `most` times its bare calls.
 */
export async function against(
  times: number,
  warmUp: number,
  name: string,
  call: () => Promise<unknown>,
  bare: () => Promise<unknown>,
  most?: number,
): Promise<Figure[]> {
  const [calls, bares] = await interleaved(times, warmUp, call, bare);
  const detail = `${times} of each, in turn, one after the other`;
  const share = (value: number, base: number) => ({ times: value / base, to: 'its bare calls' });
  const aim = most === undefined ? {} : { aim: most };
  const [slow, slowBare] = [quantile(calls, 0.99), quantile(bares, 0.99)];
  return [
    { name: '  its bare calls by an SDK client, median', value: median(bares), unit: 'ms', detail },
    { name: '  its bare calls by an SDK client, p99', value: slowBare, unit: 'ms', detail },
    {
      name: `${name}, median`,
      value: median(calls),
      unit: 'ms',
      ratio: { ...share(median(calls), median(bares)), ...aim },
      detail,
    },
    // The target for the 95th percentile.
    { name: `${name}, p95`, value: quantile(calls, 0.95), unit: 'ms', aim: 100, detail },
    { name: `${name}, p99`, value: slow, unit: 'ms', ratio: share(slow, slowBare), detail },
  ];
}
