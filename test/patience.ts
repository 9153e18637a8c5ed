/**
 * How many times slower this machine is than the one on which the limits of the tests were written; at least 1.
 * The suite measures it once, before the first test.
 */
export const slowness = Math.max(1, Number(process.env['GANTRY_TEST_SLOWNESS'] ?? 1));

/** A time limit, in milliseconds, as long as this machine needs. A test waits for a condition; the limit only ends a wait that is lost. */
export function patience(milliseconds: number): number {
  return Math.ceil(milliseconds * slowness);
}
