/**
 * How many times slower this machine is than the machine of the tests' time limits; at least 1. The suite measures it once, before the first test
 * (`speed.mts`).
 */
export const slowness = Math.max(1, Number(process.env['GANTRY_TEST_SLOWNESS'] ?? 1));

/** Other work may begin on the machine after the measurement. */
const RESERVE = 2;

/**
 * A time limit in milliseconds, lengthened to this machine's needs. A test waits for a condition; the limit only ends a hopeless wait.
 * The limits of tests and hooks need no call: `environment.mts` lengthens them all.
 */
export function patience(milliseconds: number): number {
  return Math.ceil(milliseconds * RESERVE * slowness);
}
