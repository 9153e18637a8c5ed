import { RULES, type Rule, rollout, seeded } from '../test/layers/core/analysis/simulation.ts';

/**
 * Prints the tables of docs/guides/canary.md: `npm run canary -- [rollouts]`. Every rollout gives a release 10, 25 and 50 percent of the traffic, five minutes
 * each.
 */
const rollouts = Number(process.argv[2] ?? 2000);
const BAKE_MINUTES = 5;
const RATES = [1, 10, 50, 100, 1000];
const ERROR_RATES = [0.001, 0.005, 0.01];

function simulate(rule: Rule, requestsPerSecond: number, errorRate: number, extra: number): number[] {
  const random = seeded(7);
  const count = extra === 0 ? rollouts : Math.min(rollouts, 1001);
  return Array.from(
    { length: count },
    () => rollout(rule, { requestsPerSecond, errorRate, extra }, BAKE_MINUTES, random) ?? Number.POSITIVE_INFINITY,
  ).sort((a, b) => a - b);
}

function row(cells: readonly string[]): void {
  console.log(`| ${cells.join(' | ')} |`);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): void {
  row(head);
  row(head.map(() => '---'));
  for (const cells of rows) row(cells);
  console.log();
}

const percent = (share: number) => `${Number((share * 100).toFixed(2))} %`;
const stoppedOf = (minutes: readonly number[]) => minutes.filter(Number.isFinite).length / minutes.length;
const medianOf = (minutes: readonly number[]) => minutes[Math.floor(minutes.length / 2)] ?? Number.POSITIVE_INFINITY;
const found = (minutes: readonly number[]) => {
  const median = medianOf(minutes);
  return Number.isFinite(median) ? `${median} min` : `${percent(stoppedOf(minutes))} stopped`;
};

console.log(`Rollbacks of a release that is as good as the live one, of ${rollouts} rollouts:\n`);
table(
  ['requests a second', ...ERROR_RATES.map((rate) => `${percent(rate)} fail`)],
  RATES.map((rate) => [
    String(rate),
    ...ERROR_RATES.map((errors) => percent(stoppedOf(simulate(RULES.Gantry, rate, errors, 0)))),
  ]),
);
for (const extra of [0.02, 0.005]) {
  console.log(`Median time until a release is stopped that fails ${percent(extra)} more:\n`);
  table(
    ['requests a second', ...ERROR_RATES.map((rate) => `before ${percent(rate)} failed`)],
    RATES.map((rate) => [
      String(rate),
      ...ERROR_RATES.map((errors) => found(simulate(RULES.Gantry, rate, errors, extra))),
    ]),
  );
}
console.log('At 50 requests a second, compared with two usual rules with fixed limits for each interval:\n');
table(
  ['rule', 'equal, 0.5 % fail', 'equal, 2 % fail', '0.5 % → 1 %', '0.5 % → 2.5 %', '0.5 % → 10 %'],
  Object.entries(RULES).map(([name, rule]) => [
    name,
    percent(stoppedOf(simulate(rule, 50, 0.005, 0))),
    percent(stoppedOf(simulate(rule, 50, 0.02, 0))),
    ...[0.005, 0.02, 0.095].map((extra) => found(simulate(rule, 50, 0.005, extra))),
  ]),
);
