import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Kill } from '@gantry/local/kernel/faults.ts';
import { endAll } from './bed.ts';
import { keep, kill, type Lane, type Outcome, openLane, record, withPlatform } from './kills.ts';
import { type Scenario, scenarios } from './scenarios.ts';
import { endSources } from './sources.ts';
import { befall, breakBuild, type Ended, type StepFault, stepFaults } from './step-faults.ts';
import { BESIDE, READING, stepsOf, writerOf } from './steps.ts';

/**
 * The kill matrix: `node test/faults/main.ts [--sample N] [--only <part of a name>] [--after <part of a write>] [--keep <folder>]`. Records what each
 * scenario writes, then kills the platform after each of these writes (or N of them, spread evenly), starts it again, and demands a clean end. Then each
 * step of the machines fails once, fails always, loses its answer and runs twice, unless `--after` says which kills are wanted. `--keep` keeps the data
 * folders of tries with problems.
 */

/** The number of parallel platforms. */
const LANES = 2;
/** The number of services with a fault at the same time, on one platform. */
const BATCH = 4;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

interface Settings {
  readonly only: string;
  readonly after: string;
  readonly sample: number | undefined;
  readonly keep: string | undefined;
}

async function main(): Promise<boolean> {
  const { values } = parseArgs({
    options: {
      sample: { type: 'string' },
      only: { type: 'string', default: '' },
      after: { type: 'string', default: '' },
      keep: { type: 'string' },
    },
  });
  const sample = values.sample === undefined ? undefined : Number(values.sample);
  const settings = { only: values.only, after: values.after, sample, keep: values.keep };
  try {
    const complete = await killAll(settings);
    const outcomes = [...complete.outcomes, ...(await befallAll(settings))];
    table(outcomes);
    return complete.missing.length === 0 && outcomes.every(({ problems }) => problems.length === 0);
  } finally {
    endAll();
    await endSources();
  }
}

async function killAll(settings: Settings) {
  const chosen = scenarios.filter(({ name }) => name.includes(settings.only));
  const lanes = await Promise.all(Array.from({ length: Math.min(LANES, chosen.length) }, openLane));
  try {
    const recorded = await recordAll(lanes, chosen);
    const missing = settings.only === '' ? unwritten([...recorded.values()].flat()) : [];
    for (const writer of missing) say(`no write ${writer} was recorded: a scenario has to reach it`);
    const outcomes = await killInLanes(lanes, recorded, settings);
    return { missing, outcomes };
  } finally {
    for (const { folder } of lanes) rmSync(folder, { recursive: true, force: true });
  }
}

type Recorded = ReadonlyMap<Scenario, readonly string[]>;

async function recordAll(lanes: readonly Lane[], chosen: readonly Scenario[]): Promise<Recorded> {
  const recorded = new Map<Scenario, readonly string[]>();
  await inLanes(lanes, chosen, async (lane, scenario) => {
    const writes = await record(lane, scenario);
    recorded.set(scenario, writes);
    say(`${scenario.name}: ${writes.length} writes`);
    for (const [name, count] of countsOf(writes)) say(`  ${String(count).padStart(3)} ${name}`);
  });
  return recorded;
}

/** The steps of both machines, and the functions beside them, without a write in any recording. */
function unwritten(writes: readonly string[]): string[] {
  const steps = [...stepsOf('deploy'), ...stepsOf('delete')].filter((step) => !READING.includes(step));
  const writers = [...steps.map(writerOf), ...BESIDE];
  return writers.filter((writer) => !writes.some((write) => write.endsWith(writer)));
}

async function killInLanes(lanes: readonly Lane[], recorded: Recorded, { after, sample, keep: place }: Settings) {
  const tries = [...recorded].flatMap(([scenario, writes]) => {
    const parts = scenario.kills ?? [''];
    const chosen = numbered(writes).filter(
      ({ named }) => named.includes(after) && parts.some((part) => named.includes(part)),
    );
    return spread(chosen, sample).map((at) => ({ scenario, at }));
  });
  say(`${tries.length} kills`);
  const outcomes: Outcome[] = [];
  await inLanes(lanes, tries, async (lane, { scenario, at }) => {
    const outcome = await kill(lane, scenario, at);
    outcomes.push(outcome);
    const reached = outcome.write === undefined ? ', which was not reached' : '';
    tell(`${outcomes.length} ${scenario.name}, killed after ${at.named}, number ${at.after}${reached}`, outcome);
    if (outcome.problems.length > 0 && place !== undefined) keep(lane, join(place, String(outcomes.length)), outcome);
  });
  return outcomes;
}

/** Each write by its name and its index among equal names, because parallel writes come in another order in each run. */
function numbered(writes: readonly string[]): Required<Kill>[] {
  return writes.map((named, index) => ({
    named,
    after: writes.slice(0, index + 1).filter((write) => write === named).length,
  }));
}

async function befallAll({ only, after, sample }: Settings): Promise<Outcome[]> {
  if (after !== '') return [];
  const nameOf = ({ step, fault }: StepFault) => `step ${step} ${fault}`;
  const chosen = spread(
    stepFaults().filter((each) => nameOf(each).includes(only)),
    sample,
  );
  const broken = 'step Build fails always';
  if (chosen.length === 0 && !broken.includes(only)) return [];
  const outcomes: Outcome[] = [];
  const add = (name: string, ended: Ended): void => {
    const outcome = { group: 'faults of steps', write: undefined, ...ended };
    outcomes.push(outcome);
    tell(name, outcome);
  };
  await withPlatform(async (bed) => {
    for (let start = 0; start < chosen.length; start += BATCH) {
      const batch = chosen.slice(start, start + BATCH);
      for (const [index, ended] of (await befall(bed, batch, start)).entries())
        add(batch.map(nameOf)[index] ?? '', ended);
    }
    if (broken.includes(only)) add(broken, await breakBuild(bed));
  });
  return outcomes;
}

/** Does the work in several lanes; a free lane takes the next item. */
async function inLanes<T>(lanes: readonly Lane[], work: readonly T[], each: (lane: Lane, one: T) => Promise<void>) {
  const left = [...work];
  await Promise.all(
    lanes.map(async (lane) => {
      for (let one = left.shift(); one !== undefined; one = left.shift()) await each(lane, one);
    }),
  );
}

/** This many items of a list, spread evenly. */
function spread<T>(all: readonly T[], count = all.length): T[] {
  const turn = (index: number) => Math.floor((index * count) / all.length);
  return all.filter((_, index) => turn(index) !== turn(index - 1));
}

function tell(name: string, { status, problems, reconciled }: Outcome): void {
  say(`${name}: ${status}`);
  for (const left of reconciled) say(`  left to the reconciler: ${left}`);
  for (const problem of problems) say(`  PROBLEM ${problem}`);
}

function table(outcomes: readonly Outcome[]): void {
  const rows = [...new Set(outcomes.map(({ group }) => group))].map((name) => {
    const of = outcomes.filter(({ group }) => group === name);
    const ended = [...countsOf(of.map(({ status }) => status))].map(([status, count]) => `${count} ${status}`);
    const reconciled = of.filter((outcome) => outcome.reconciled.length > 0).length;
    const problems = of.filter((outcome) => outcome.problems.length > 0).length;
    return { tried: name, tries: of.length, ended: ended.join(', '), reconciled, problems };
  });
  console.table(rows);
}

function countsOf(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    endAll();
    void endSources().finally(() => process.exit(130));
  });
}

process.exit((await main()) ? 0 : 1);
