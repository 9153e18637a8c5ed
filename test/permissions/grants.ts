import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { StartFailure } from '@gantry/local/failure.ts';
import { synthesize } from '@gantry/local/synth.ts';
import { ownLine } from './actions.ts';
import { awsOnly } from './aws-only.ts';
import { type Platform, startPlatform, stopPlatforms } from './platform.ts';
import { type Scenario, scenarios } from './scenarios.ts';
import { type Statement, statementsOf } from './statements.ts';

/**
 * Proves that every permission of the template is needed: `node test/permissions/grants.ts [--sample N] [--only <part of a name>]…`.
 * All scenarios run once with every statement in force, each of which must be used or listed in `aws-only.ts`. Then a platform is
 * started without the first statement, without the second, and so on (or without N of them), and a scenario must fail.
 */

const ROOT = join(import.meta.dirname, '../..');
/** Platforms that run at the same time: a try mostly waits. */
const LANES = 3;
/**
 * How long something may take once a call was denied: so many milliseconds, and so many times as long as the whole scenario took
 * with all permissions, on a machine as busy as then.
 */
const DENIED_MS = 3_000;
const DENIED_FACTOR = 2;
/** Begins the ids of the policies of the keys that AWS itself keeps in each account. */
const AWS_KEYS = 'alias/aws/';
/** No scenario waits this long for anything; one that does hangs. */
const SCENARIO_MS = 180_000;

/** What a scenario used and took when nothing was missing. */
interface Played {
  readonly statements: ReadonlySet<string>;
  readonly ms: number;
}

interface Recording {
  readonly startMs: number;
  readonly played: ReadonlyMap<Scenario, Played>;
}

const problems: string[] = [];
const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function play(platform: Platform, { functions, run }: Scenario, since: number): Promise<void> {
  await within(SCENARIO_MS, run(platform));
  for (const entry of functions) {
    await platform.eventually(`a line of function ${entry} in its log`, () => ownLine(platform, entry, since));
  }
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const over = Promise.withResolvers<never>();
  const timer = setTimeout(() => over.reject(new Error(`no end within ${ms / 1000} s`)), ms);
  try {
    return await Promise.race([work, over.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Plays every scenario with all permissions. Throws where one fails: then nothing can be said of the statements. */
async function record(assembly: string): Promise<Recording> {
  const began = Date.now();
  const platform = await startPlatform(assembly);
  const played = new Map<Scenario, Played>();
  let before: ReadonlyMap<string, number> = new Map();
  try {
    for (const scenario of scenarios) {
      const since = played.size === 0 ? began : Date.now();
      await play(platform, scenario, since).catch((error: unknown) => {
        throw new Error(`With all permissions, "${scenario.title}" fails: ${messageOf(error)}`, { cause: error });
      });
      const now = platform.cloud.kernel.iam.usage();
      const used = [...now].filter(([id, count]) => count > (before.get(id) ?? 0)).map(([id]) => id);
      const ms = Date.now() - since;
      played.set(scenario, { statements: new Set(used), ms });
      before = now;
      say(`✓ ${scenario.title} (${seconds(ms)}, ${used.length} statements)`);
    }
  } finally {
    await platform.stop();
  }
  return { startMs: platform.startMs, played };
}

function checkUsed(statements: readonly Statement[], { played }: Recording): readonly Statement[] {
  const used = new Set([...played.values()].flatMap((each) => [...each.statements]));
  for (const id of used) {
    if (!id.startsWith(AWS_KEYS) && !statements.some((statement) => statement.id === id))
      problems.push(`${id} is not in the templates`);
  }
  for (const { id, name } of statements) {
    if (!used.has(id) && awsOnly[name] === undefined) problems.push(`no scenario uses ${name}: delete it, or add one`);
    if (used.has(id) && awsOnly[name] !== undefined) problems.push(`${name} is used: take it out of aws-only.ts`);
  }
  for (const name of Object.keys(awsOnly)) {
    if (!statements.some((statement) => statement.name === name)) problems.push(`aws-only.ts: there is no ${name}`);
  }
  return statements.filter(({ id }) => used.has(id));
}

/** Starts a platform without the statement and plays what used it, then the rest, until something fails for want of it. */
async function suspend(assembly: string, { id, name }: Statement, { startMs, played }: Recording): Promise<void> {
  const msOf = (scenario: Scenario) => played.get(scenario)?.ms ?? 0;
  // The shortest first: how long it took says how long its failure is waited for.
  const using = scenarios
    .filter((scenario) => played.get(scenario)?.statements.has(id))
    .sort((a, b) => msOf(a) - msOf(b));
  const began = Date.now();
  let scenario = using[0];
  let platform: Platform | undefined;
  try {
    platform = await startPlatform(assembly, id);
    for (scenario of [...using, ...scenarios.filter((each) => !using.includes(each))]) {
      platform.onceDenied(patience(platform.startMs / startMs, msOf(scenario)));
      await play(platform, scenario, scenario === scenarios[0] ? began : Date.now());
    }
    problems.push(`${name} can be deleted and no test notices`);
    say(`✗ ${name} → nothing fails`);
  } catch (error) {
    const title = `"${scenario?.title}" fails: ${messageOf(error)}`;
    // A start that the operator could mend (a port that is taken, no time left) says nothing of the statement.
    const missed = platform?.cloud.kernel.iam.missed().has(id) ?? !(error instanceof StartFailure);
    if (!missed) problems.push(`without ${name}, ${title}; but no call was denied for want of it`);
    say(`${missed ? '✓' : '✗'} ${name} → ${title} (${seconds(Date.now() - began)})`);
  } finally {
    await platform?.stop();
  }
}

/** In milliseconds, where everything takes `busier` times as long as when the scenario took `ms`. */
function patience(busier: number, ms: number): number {
  return Math.max(DENIED_MS * Math.max(1, busier), DENIED_FACTOR * ms * busier);
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

function messageOf(error: unknown): string {
  const [first = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  return first;
}

/** So many statements, spread over all, other ones each day. */
function sampled(statements: readonly Statement[], count: number): Statement[] {
  const day = Math.floor(Date.now() / 86_400_000);
  const chosen = Array.from({ length: Math.min(count, statements.length) }, (_, index) => {
    const spread = Math.floor((index * statements.length) / count);
    return statements[(spread + day) % statements.length];
  });
  return chosen.filter((statement) => statement !== undefined);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { sample: { type: 'string' }, only: { type: 'string', multiple: true, default: [''] } },
  });
  const started = Date.now();
  const assembly = await synthesize(ROOT, say);
  const statements = statementsOf(assembly);
  const recording = await record(assembly);
  const used = checkUsed(statements, recording).filter(({ name }) => values.only.some((part) => name.includes(part)));
  const queue = values.sample === undefined ? [...used] : sampled(used, Number(values.sample));
  say(
    `${statements.length} statements, ${Object.keys(awsOnly).length} of them for AWS alone. Deleted in turn: ${queue.length}`,
  );
  await Promise.all(
    Array.from({ length: LANES }, async () => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) await suspend(assembly, next, recording);
    }),
  );
  for (const problem of problems) say(`✗ ${problem}`);
  say(`${problems.length} problems in ${seconds(Date.now() - started)}`);
}

async function interrupted(): Promise<void> {
  await stopPlatforms();
  process.exit(130);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void interrupted());
try {
  await main();
} catch (error) {
  problems.push(messageOf(error));
  say(`✗ ${messageOf(error)}`);
}
await stopPlatforms();
process.exit(problems.length === 0 ? 0 : 1);
