/**
 * How many times slower this machine is than the one on which the limits of the tests were written; at least 1.
 * The suite measures it once, before the first test (`speed.mts`).
 */
export const slowness = Math.max(1, Number(process.env['GANTRY_TEST_SLOWNESS'] ?? 1));

/** Other work may begin on the machine after the measurement. */
const RESERVE = 2;

/**
 * A time limit, in milliseconds, as long as this machine needs. A test waits for a condition; the limit only ends a wait that is lost.
 * The limits of tests and hooks need no call: `environment.mts` lengthens them all.
 */
export function patience(milliseconds: number): number {
  return Math.ceil(milliseconds * RESERVE * slowness);
}
