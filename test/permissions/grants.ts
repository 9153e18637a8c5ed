import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { StartFailure } from '@gantry/local/failure.ts';
import { synthesize } from '@gantry/local/synth.ts';
import { awsOnly } from './aws-only.ts';
import { type Platform, startPlatform, stopPlatforms } from './platform.ts';
import { messageOf, play, problemsOf, type Recording, record, usedOf } from './recording.ts';
import type { Scenario } from './scenario.ts';
import { scenarios } from './scenarios.ts';
import { type Statement, statementsOf } from './statements.ts';

/**
 * Proves that every permission of the template is needed: `node test/permissions/grants.ts [--only <part of a name>]…`.
 * First all scenarios run with every statement in force. Each statement must be used then, or be listed in `aws-only.ts`.
 * Then a platform starts without the first statement, another without the second, and so on: each time a scenario must fail.
 * `npm test` does the first part each time, and tries one statement (`sample.ts`).
 */

const ROOT = join(import.meta.dirname, '../..');
/** Platforms that run at the same time: a try mostly waits. */
const LANES = 3;
/**
 * The time limit for a step after a denied call: milliseconds, and a multiple of the scenario's time with all permissions, adjusted to the machine's
 * load.
 */
const DENIED_MS = 3_000;
const DENIED_FACTOR = 2;

interface Recorded {
  readonly startMs: number;
  readonly played: Recording;
}

const problems: string[] = [];
const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Starts a platform with all permissions, and plays every scenario on it. */
async function recorded(assembly: string): Promise<Recorded> {
  const platform = await startPlatform(assembly);
  try {
    return { startMs: platform.startMs, played: await record(platform, say) };
  } finally {
    await platform.stop();
  }
}

/** Starts a platform without the statement. Plays the scenarios that used it, then the others, until the missing statement makes one fail. */
async function suspend(assembly: string, { id, name }: Statement, { startMs, played }: Recorded): Promise<void> {
  const msOf = (scenario: Scenario) => played.get(scenario)?.ms ?? 0;
  // The shortest first: the limit for a failure follows from a scenario's duration.
  const using = scenarios
    .filter((scenario) => played.get(scenario)?.statements.has(id))
    .sort((a, b) => msOf(a) - msOf(b));
  const began = Date.now();
  let scenario = using[0];
  let platform: Platform | undefined;
  try {
    platform = await startPlatform(assembly, id);
    for (scenario of [...using, ...scenarios.filter((each) => !using.includes(each))]) {
      platform.onceDenied(allowance(platform.startMs / startMs, msOf(scenario)));
      await play(platform, scenario, scenario === scenarios[0] ? platform.startedAt : Date.now());
    }
    problems.push(`${name} can be deleted and no test notices`);
    say(`✗ ${name} → nothing fails`);
  } catch (error) {
    const title = `"${scenario?.title}" fails: ${messageOf(error)}`;
    // A start failure that the operator could fix (a taken port, no time left) proves nothing about the statement.
    const missed = platform?.cloud.kernel.iam.missed().has(id) ?? !(error instanceof StartFailure);
    if (!missed) problems.push(`without ${name}, ${title}; but no call was denied without it`);
    say(`${missed ? '✓' : '✗'} ${name} → ${title} (${seconds(Date.now() - began)})`);
  } finally {
    await platform?.stop();
  }
}

/** In milliseconds, on a machine that is `busier` times slower than when the scenario took `ms`. */
function allowance(busier: number, ms: number): number {
  return Math.max(DENIED_MS * Math.max(1, busier), DENIED_FACTOR * ms * busier);
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { only: { type: 'string', multiple: true, default: [''] } },
  });
  const started = Date.now();
  const assembly = await synthesize(ROOT, say);
  const statements = statementsOf(assembly);
  const recording = await recorded(assembly);
  problems.push(...problemsOf(statements, recording.played));
  const used = usedOf(statements, recording.played);
  const queue = used.filter(({ name }) => values.only.some((part) => name.includes(part)));
  say(
    `${statements.length} statements, ${Object.keys(awsOnly).length} of them only for AWS. Deleted in turn: ${queue.length}`,
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
