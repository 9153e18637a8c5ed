import { describe, expect, it } from '@jest/globals';
import { slowness } from '../patience.ts';
import { assembly, platform } from './fixture.ts';
import { messageOf, play, problemsOf, type Recording, record, usedOf } from './recording.ts';
import type { Scenario } from './scenario.ts';
import { scenarios } from './scenarios.ts';
import { type Statement, statementsOf } from './statements.ts';

const DAY_MS = 86_400_000;
/** The time limit after a denied call: the whole scenario's duration, and at least this long. */
const DENIED_MS = 3_000;
/** The time for trying one statement: of the many scenarios that use a statement, often only few fail without it. */
const TRY_MS = 20_000 * slowness;

describe('the permissions of the templates', () => {
  let recording: Recording;

  it('are all used by users and operators, or listed as needed only on AWS', async () => {
    recording = await record(platform, () => undefined);
    expect(problemsOf(statementsOf(assembly), recording)).toEqual([]);
  }, 180_000);

  it("are all needed: today's one is missed when deleted; `npm run test:grants` tries all", async () => {
    const used = usedOf(statementsOf(assembly), recording);
    const today = Math.floor(Date.now() / DAY_MS) % used.length;
    for (const statement of [...used.slice(today), ...used.slice(0, today)]) {
      const missed = await isMissed(statement);
      if (missed !== undefined) return expect([statement.name, missed]).toEqual([statement.name, true]);
    }
    throw new Error('nothing can be said of any statement');
  }, 120_000);

  /**
   * Whether a scenario fails without the statement. Undefined if that is unknown: no scenario uses it again (a statement of a start or of a cold
   * function), or none failed in time.
   */
  async function isMissed({ id }: Statement): Promise<boolean | undefined> {
    const msOf = (scenario: Scenario) => recording.get(scenario)?.ms ?? 0;
    const using = scenarios
      .filter((scenario) => scenario.once !== true && recording.get(scenario)?.statements.has(id))
      .sort((a, b) => msOf(a) - msOf(b));
    const began = Date.now();
    return platform.without(id, async () => {
      for (const scenario of using) {
        if (Date.now() - began > TRY_MS) return undefined;
        platform.onceDenied(Math.max(DENIED_MS, msOf(scenario)));
        const failure = await play(platform, scenario, Date.now()).then(() => undefined, messageOf);
        const isDenied = platform.denials() > 0;
        if (failure !== undefined && !isDenied)
          throw new Error(`"${scenario.title}" fails, and no call was denied: ${failure}`);
        if (failure !== undefined) return true;
        if (!isDenied) return undefined;
      }
      return using.length === 0 ? undefined : false;
    });
  }
});
