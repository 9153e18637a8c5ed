import { patience } from '../patience.ts';
import { ownLine } from './actions.ts';
import { awsOnly, byLongRuns } from './aws-only.ts';
import type { Platform } from './platform.ts';
import type { Scenario } from './scenario.ts';
import { scenarios } from './scenarios.ts';
import type { Statement } from './statements.ts';

/** The used statements and the duration of a scenario with all permissions. */
interface Played {
  readonly statements: ReadonlySet<string>;
  readonly ms: number;
}

export type Recording = ReadonlyMap<Scenario, Played>;

/** The start of the ids of the policies of AWS's own keys in each account. */
const AWS_KEYS = 'alias/aws/';
/** A scenario that waits this long for anything hangs. */
const SCENARIO_MS = patience(60_000);

/** Plays a scenario. Each of its functions must have written a log line since `since`, in milliseconds since 1970. */
export async function play(platform: Platform, { functions, run }: Scenario, since: number): Promise<void> {
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

/**
 * Plays every scenario with all permissions. The first scenario, the start's, gets everything used since the start. Throws if one fails: the result
 * would say nothing about the statements.
 */
export async function record(platform: Platform, say: (line: string) => void): Promise<Recording> {
  const { iam } = platform.cloud.kernel;
  const played = new Map<Scenario, Played>();
  for (const scenario of scenarios) {
    const first = played.size === 0;
    const [before, began] = [first ? new Map<string, number>() : iam.usage(), Date.now()];
    await play(platform, scenario, first ? platform.startedAt : began).catch((error: unknown) => {
      throw new Error(`With all permissions, "${scenario.title}" fails: ${messageOf(error)}`, { cause: error });
    });
    const used = [...iam.usage()].filter(([id, count]) => count > (before.get(id) ?? 0)).map(([id]) => id);
    const ms = first ? platform.startMs : Date.now() - began;
    played.set(scenario, { statements: new Set(used), ms });
    say(`✓ ${scenario.title} (${(ms / 1000).toFixed(1)} s, ${used.length} statements)`);
  }
  return played;
}

/** The statements that some scenario used, in the order of the templates. */
export function usedOf(statements: readonly Statement[], recording: Recording): readonly Statement[] {
  const used = usedIn(recording);
  return statements.filter(({ id, name }) => used.has(id) && byLongRuns[name] === undefined);
}

/** The mistakes in the statements: an unused statement that is not listed, and a listed statement that is used or does not exist. */
export function problemsOf(statements: readonly Statement[], recording: Recording): readonly string[] {
  const used = usedIn(recording);
  const stray = [...used].filter((id) => !id.startsWith(AWS_KEYS) && !statements.some((each) => each.id === id));
  const untried = { ...awsOnly, ...byLongRuns };
  const unused = statements.filter(({ id, name }) => !used.has(id) && untried[name] === undefined);
  const listed = statements.filter(({ id, name }) => used.has(id) && awsOnly[name] !== undefined);
  const gone = Object.keys(untried).filter((name) => !statements.some((statement) => statement.name === name));
  return [
    ...stray.map((id) => `${id} is not in the templates`),
    ...unused.map(({ name }) => `no scenario uses ${name}: delete it, or add one`),
    ...listed.map(({ name }) => `${name} is used: remove it from aws-only.ts`),
    ...gone.map((name) => `aws-only.ts: there is no ${name}`),
  ];
}

const usedIn = (recording: Recording) => new Set([...recording.values()].flatMap(({ statements }) => [...statements]));

/** The first line of an error. */
export function messageOf(error: unknown): string {
  const [first = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  return first;
}
