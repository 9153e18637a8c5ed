import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Kill } from '@gantry/local/kernel/faults.ts';
import { endAll } from './bed.ts';
import { databases } from './databases.ts';
import type { End, Ground, Place, Scenario, StepFault } from './ground.ts';
import { keep, kill, type Lane, type Outcome, openLane, record, withPlatform } from './kills.ts';
import { services } from './services.ts';
import { endSources } from './sources.ts';
import { befall, breakBuild, type Ended } from './step-faults.ts';

/**
 * The kill matrix: `node test/faults/main.ts [--sample N] [--only <part of a name>] [--after <part of a write>] [--keep
 * <folder>]`. Records the writes of each scenario, then kills the platform after each of these writes (or N of them,
 * spread evenly), starts it again, and demands a clean end. Then each step of the machines fails once, fails
 * permanently, loses its answer and runs twice, unless `--after` selects kills. `--keep` keeps the data folders of
 * tries with problems. Deployments and deletions of services come first, then databases.
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
    const ofServices = await tryAll(services, settings);
    const broken = await breakAll(settings);
    const ofDatabases = await tryAll(databases, settings);
    const outcomes = [...ofServices.outcomes, ...broken, ...ofDatabases.outcomes];
    table(outcomes);
    const missing = [...ofServices.missing, ...ofDatabases.missing];
    return missing.length === 0 && outcomes.every(({ problems }) => problems.length === 0);
  } finally {
    endAll();
    await endSources();
  }
}

async function tryAll<P extends Place, E extends End>(ground: Ground<P, E>, settings: Settings) {
  const { missing, outcomes } = await killAll(ground, settings);
  return { missing, outcomes: [...outcomes, ...(await befallAll(ground, settings))] };
}

async function killAll<P extends Place, E extends End>(ground: Ground<P, E>, settings: Settings) {
  const chosen = ground.scenarios.filter(({ name }) => isChosen(ground, name, settings));
  if (chosen.length === 0) return { missing: [], outcomes: [] };
  const lanes = await Promise.all(Array.from({ length: Math.min(LANES, chosen.length) }, () => openLane(ground)));
  try {
    const recorded = await recordAll(lanes, chosen);
    const written = [...recorded.values()].flat();
    const isWritten = (writer: string) => written.some((write) => write.endsWith(writer));
    const missing = ['', `${ground.name}:`].includes(settings.only)
      ? ground.writers.filter((writer) => !isWritten(writer))
      : [];
    for (const writer of missing) say(`no write ${writer} was recorded: a scenario has to reach it`);
    const outcomes = await killInLanes(lanes, recorded, settings);
    return { missing, outcomes };
  } catch (error) {
    // The other lane's platform may still run, and write to its folder.
    endAll();
    throw error;
  } finally {
    for (const { folder } of lanes) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function isChosen(ground: { readonly name: string }, name: string, { only }: Settings): boolean {
  return `${ground.name}: ${name}`.includes(only);
}

type Recorded<P extends Place, E extends End> = ReadonlyMap<Scenario<P, E>, readonly string[]>;

async function recordAll<P extends Place, E extends End>(
  lanes: readonly Lane<P, E>[],
  chosen: readonly Scenario<P, E>[],
): Promise<Recorded<P, E>> {
  const recorded = new Map<Scenario<P, E>, readonly string[]>();
  await inLanes(lanes, chosen, async (lane, scenario) => {
    const writes = await record(lane, scenario);
    recorded.set(scenario, writes);
    say(`${scenario.name}: ${writes.length} writes`);
    for (const [name, count] of countsOf(writes)) say(`  ${String(count).padStart(3)} ${name}`);
  });
  return recorded;
}

async function killInLanes<P extends Place, E extends End>(
  lanes: readonly Lane<P, E>[],
  recorded: Recorded<P, E>,
  { after, sample, keep: place }: Settings,
) {
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

async function befallAll<P extends Place, E extends End>(ground: Ground<P, E>, settings: Settings): Promise<Outcome[]> {
  const { after, sample } = settings;
  if (after !== '') return [];
  const nameOf = ({ step, fault }: StepFault<P, E>) => `step ${step} ${fault}`;
  const chosen = spread(
    ground.stepFaults.filter((each) => isChosen(ground, nameOf(each), settings)),
    sample,
  );
  if (chosen.length === 0) return [];
  const outcomes: Outcome[] = [];
  await withPlatform(async (bed) => {
    for (let start = 0; start < chosen.length; start += BATCH) {
      const batch = chosen.slice(start, start + BATCH);
      for (const [index, ended] of (await befall(bed, ground, batch, start)).entries())
        outcomes.push(toldOf(batch.map(nameOf)[index] ?? '', ended));
    }
  });
  return outcomes;
}

async function breakAll(settings: Settings): Promise<Outcome[]> {
  const name = 'step Build fails always';
  if (settings.after !== '' || !isChosen(services, name, settings)) return [];
  const outcomes: Outcome[] = [];
  await withPlatform(async (bed) => void outcomes.push(toldOf(name, await breakBuild(bed))));
  return outcomes;
}

function toldOf(name: string, ended: Ended): Outcome {
  const outcome = { group: 'faults of steps', write: undefined, ...ended };
  tell(name, outcome);
  return outcome;
}

/** Does the work in several lanes; a free lane takes the next item. */
async function inLanes<L, T>(lanes: readonly L[], work: readonly T[], each: (lane: L, one: T) => Promise<void>) {
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
