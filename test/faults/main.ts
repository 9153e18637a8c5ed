import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { killLaunched } from '../journeys/platform.ts';
import { keep, kill, type Lane, type Outcome, openLane, record } from './kills.ts';
import { type Scenario, scenarios } from './scenarios.ts';
import { READING, stepsOf, writerOf } from './steps.ts';

/**
 * The kill matrix: `node test/faults/main.ts [--sample N] [--only <part of a name>] [--keep <folder>]`. Records what each scenario writes, then kills
 * the platform after each of these writes (or N of them, spread evenly), starts it again, and demands a clean end.
 */

const LANES = 2;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

interface Try {
  readonly scenario: Scenario;
  readonly after: number;
}

async function main(): Promise<boolean> {
  const { values } = parseArgs({
    options: {
      sample: { type: 'string' },
      only: { type: 'string', default: '' },
      keep: { type: 'string' },
      lanes: { type: 'string', default: String(LANES) },
    },
  });
  const chosen = scenarios.filter(({ name }) => name.includes(values.only));
  const lanes = await Promise.all(Array.from({ length: Number(values.lanes) }, openLane));
  try {
    const recorded = await recordAll(lanes, chosen);
    const missing = values.only === '' ? unwritten([...recorded.values()].flat()) : [];
    for (const step of missing) say(`no write of step ${step} was recorded: a scenario has to reach it`);
    const tries = [...recorded].flatMap(([scenario, writes]) => triesOf(scenario, writes.length, values.sample));
    say(`${tries.length} tries`);
    const outcomes = await tryAll(lanes, tries, values.keep);
    table(outcomes);
    for (const [{ name }, writes] of recorded) {
      const hit = new Set(outcomes.filter(({ scenario }) => scenario === name).map(({ write }) => write));
      const never = [...new Set(writes)].filter((write) => !hit.has(write));
      if (never.length > 0) say(`${name}: no kill fell after ${never.join(', ')}`);
    }
    return missing.length === 0 && outcomes.every(({ problems }) => problems.length === 0);
  } finally {
    killLaunched();
    for (const { folder } of lanes) rmSync(folder, { recursive: true, force: true });
  }
}

async function recordAll(lanes: readonly Lane[], chosen: readonly Scenario[]) {
  const recorded = new Map<Scenario, readonly string[]>();
  await inLanes(lanes, chosen, async (lane, scenario) => {
    const writes = await record(lane, scenario);
    recorded.set(scenario, writes);
    say(`${scenario.name}: ${writes.length} writes`);
    for (const [name, count] of countsOf(writes)) say(`  ${String(count).padStart(3)} ${name}`);
  });
  return recorded;
}

/** The steps of both machines that no recording holds a write of. */
function unwritten(writes: readonly string[]): string[] {
  const steps = [...stepsOf('deploy'), ...stepsOf('delete')].filter((step) => !READING.includes(step));
  return steps.filter((step) => !writes.some((write) => write.endsWith(writerOf(step))));
}

function triesOf(scenario: Scenario, writes: number, sample: string | undefined): Try[] {
  const count = Math.min(writes, sample === undefined ? writes : Number(sample));
  return Array.from({ length: count }, (_, index) => ({
    scenario,
    after: Math.floor(((index + 0.5) * writes) / count) + 1,
  }));
}

async function tryAll(lanes: readonly Lane[], tries: readonly Try[], place: string | undefined): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  await inLanes(lanes, tries, async (lane, { scenario, after }) => {
    const began = performance.now();
    const outcome = await kill(lane, scenario, after);
    outcomes.push(outcome);
    const seconds = ((performance.now() - began) / 1000).toFixed(0);
    say(
      `${String(outcomes.length).padStart(4)} ${scenario.name}, killed after write ${after} (${outcome.write ?? 'not reached'}): ${outcome.status}, ${seconds} s`,
    );
    for (const problem of outcome.problems) say(`     PROBLEM ${problem}`);
    if (outcome.problems.length > 0 && place !== undefined) {
      keep(lane, join(place, `${scenario.name.replaceAll(' ', '-')}-${after}`), outcome);
    }
  });
  return outcomes;
}

/** Does the work in as many lanes as there are, each taking the next when it is done. */
async function inLanes<T>(lanes: readonly Lane[], work: readonly T[], each: (lane: Lane, one: T) => Promise<void>) {
  const left = [...work];
  await Promise.all(
    lanes.map(async (lane) => {
      for (let one = left.shift(); one !== undefined; one = left.shift()) await each(lane, one);
    }),
  );
}

function table(outcomes: readonly Outcome[]): void {
  const rows = [...new Set(outcomes.map(({ scenario }) => scenario))].map((name) => {
    const of = outcomes.filter(({ scenario }) => scenario === name);
    const ended = [...countsOf(of.map(({ status }) => status))].map(([status, count]) => `${count} ${status}`);
    const problems = of.filter((outcome) => outcome.problems.length > 0).length;
    return { scenario: name, tries: of.length, ended: ended.join(', '), 'with problems': problems };
  });
  console.table(rows);
}

function countsOf(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

process.exit((await main()) ? 0 : 1);
