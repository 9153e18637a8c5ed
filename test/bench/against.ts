import { type Figure, interleaved, median, quantile } from './figures.ts';

/** How many times as long as its bare calls a warm read may take. */
export const READ_AIM = 1.25;

/**
 * What an operation of the API takes against the calls to DynamoDB that it stands on, each `times` over after `warmUp` that do not count, in
 * turn. The median is met up to `most` times its bare calls, where that is given.
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
    // The target for the 95th of 100.
    { name: `${name}, p95`, value: quantile(calls, 0.95), unit: 'ms', aim: 100, detail },
    { name: `${name}, p99`, value: slow, unit: 'ms', ratio: share(slow, slowBare), detail },
  ];
}
