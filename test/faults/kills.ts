import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Kill } from '@gantry/local/kernel/faults.ts';
import { until } from '../journeys/developer.ts';
import { freePort, newDataDir, removeData } from '../journeys/platform.ts';
import { type Bed, killed, plan, report, startBed } from './bed.ts';
import type { End, Ground, Place, Scenario } from './ground.ts';
import { comeToRest, type Rested } from './problems.ts';
import { processesOf } from './processes.ts';

/** A data folder that every try starts from, and its place: stored records hold its own path and port. */
export interface Lane<P extends Place, E extends End> {
  readonly ground: Ground<P, E>;
  readonly folder: string;
  readonly port: number;
  readonly place: P;
}

/** The end of one try. */
export interface Outcome extends Rested {
  /** The scenario, or what else it was. */
  readonly group: string;
  /** The write after which the platform was killed; undefined if the scenario ended without another write. */
  readonly write: string | undefined;
  readonly status: string;
}

const KILL_MS = 40_000;
/** A deletion waits two minutes for functions that it stopped. */
const END_MS = 240_000;

/** Makes the folder with the data that the scenarios need. Delete `folder` afterwards. */
export async function openLane<P extends Place, E extends End>(ground: Ground<P, E>): Promise<Lane<P, E>> {
  const folder = mkdtempSync(join(tmpdir(), 'gantry-kills-'));
  const port = await freePort();
  const bed = await startBed(join(folder, 'data'), port);
  const place = await ground.lay(bed, 'web');
  await bed.platform.stop();
  execFileSync('mv', [join(folder, 'data'), join(folder, 'before')]);
  return { ground, folder, port, place };
}

/** Runs a scenario to its end and returns its writes. Throws when the scenario does not end cleanly by itself. */
export async function record<P extends Place, E extends End>(
  lane: Lane<P, E>,
  scenario: Scenario<P, E>,
): Promise<readonly string[]> {
  const bed = await begin(lane);
  try {
    const given = await scenario.before(bed, lane.place);
    await plan(bed, {});
    await scenario.ask(bed, lane.place, given, randomUUID());
    const { problems } = await finish(bed, lane, scenario);
    if (problems.length > 0) throw new Error(`${scenario.name} without any fault: ${problems.join('; ')}`);
    return (await report(bed)).writes;
  } finally {
    await end(bed);
  }
}

/** Kills the platform after a write of a scenario, starts it again, and examines the end. */
export async function kill<P extends Place, E extends End>(
  lane: Lane<P, E>,
  scenario: Scenario<P, E>,
  at: Kill,
): Promise<Outcome> {
  const seen: { write?: string | undefined; bed?: Bed } = {};
  const ended = await killAndEnd(lane, scenario, at, seen).catch((error: unknown) => ({
    status: 'unknown',
    problems: [String(error)],
    reconciled: [],
  }));
  const left = seen.bed === undefined ? [] : await end(seen.bed);
  return { group: scenario.name, write: seen.write, ...ended, problems: [...ended.problems, ...left] };
}

async function killAndEnd<P extends Place, E extends End>(
  lane: Lane<P, E>,
  scenario: Scenario<P, E>,
  at: Kill,
  seen: { write?: string | undefined; bed?: Bed },
) {
  const { place } = lane;
  const first = await begin(lane);
  seen.bed = first;
  const given = await scenario.before(first, place);
  const key = randomUUID();
  await plan(first, { kill: at });
  const asked = { answered: false };
  scenario.ask(first, place, given, key).then(
    () => (asked.answered = true),
    () => undefined,
  );
  seen.write = (await killed(first, KILL_MS))?.at(-1);
  if (seen.write === undefined) await first.platform.kill();
  const bed = await startBed(first.platform.dataDir, lane.port);
  seen.bed = bed;
  if (!asked.answered) await scenario.ask(bed, place, given, key);
  return finish(bed, lane, scenario);
}

/** Keeps the folder of the last try for an examination. */
export function keep({ folder }: { readonly folder: string }, at: string, outcome: Outcome): void {
  rmSync(at, { recursive: true, force: true });
  cpSync(join(folder, 'data'), at, { recursive: true });
  writeFileSync(join(at, 'outcome.json'), JSON.stringify(outcome, undefined, 2));
}

function begin({ folder, port }: { readonly folder: string; readonly port: number }): Promise<Bed> {
  const data = join(folder, 'data');
  rmSync(data, { recursive: true, force: true });
  execFileSync('cp', ['-a', join(folder, 'before'), data]);
  return startBed(data, port);
}

async function finish<P extends Place, E extends End>(
  bed: Bed,
  { ground, place }: Lane<P, E>,
  scenario: Scenario<P, E>,
) {
  const first = await until('the scenario has come to rest', () => scenario.rest(bed, place), END_MS);
  const rested = await comeToRest(bed, async (operator) =>
    ground.problems(bed, operator, place, (await scenario.rest(bed, place)) ?? first),
  );
  return { status: first.status, ...rested };
}

/** Runs work on a new, empty platform. */
export async function withPlatform(work: (bed: Bed) => Promise<void>): Promise<void> {
  const dataDir = newDataDir();
  const bed = await startBed(dataDir, await freePort());
  try {
    await work(bed);
  } finally {
    await end(bed);
    removeData(dataDir);
  }
}

/** Stops the platform, and returns the processes that it leaves behind, which are then killed. */
async function end({ platform }: Bed): Promise<string[]> {
  await platform.stop();
  const left = processesOf(platform.dataDir);
  for (const { pid } of left) process.kill(pid, 'SIGKILL');
  return left.map(({ command }) => `left after the stop: ${command}`);
}
