import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signInAs } from '@gantry/local/example/session.ts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { run } from '../cli/in-process.ts';
import { patience } from '../patience.ts';
import { platform } from './fixture.ts';
import { github, teamId } from './github-fixture.ts';

/** A browser whose user agrees to everything and follows every redirect. */
const BROWSER = `#!${process.execPath}
fetch(process.argv[2]).then((answer) => answer.text());
`;

describe('`gantry github`', () => {
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gantry-github-'));
    writeFileSync(join(folder, 'browser'), BROWSER, { mode: 0o755 });
    const { api, owner } = platform.endpoints;
    const tokens = await signInAs(api, owner.email, owner.password);
    // A token cannot join; joining needs a person.
    const credential = { kind: 'person', email: owner.email, ...tokens };
    mkdirSync(join(folder, 'gantry'));
    const credentials = JSON.stringify({ current: api, servers: { [api]: credential } });
    writeFileSync(join(folder, 'gantry/credentials.json'), credentials, { mode: 0o600 });
    github.world.login = 'ada';
    github.install('umbrella');
  }, patience(30_000));

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const gantry = (...words: string[]) =>
    run(['github', ...words, '--team', teamId], folder, {
      env: { BROWSER: join(folder, 'browser') },
    });

  it(
    "connects an account on GitHub's page, lists it and disconnects it",
    async () => {
      const joined = await gantry('join', 'Umbrella');
      expect(joined.stderr).not.toContain('Error');
      expect(joined.stdout).toMatch(/^Team \S+ has joined umbrella\. Deploy from a repository with /);
      expect((await gantry('list')).stdout).toMatch(/^umbrella +joined +owner@\S+ +just now$/m);
      expect((await gantry('leave', 'umbrella', '--yes', 'umbrella')).stdout).toMatch(
        /^Team \S+ has left umbrella\.$/m,
      );
      expect((await gantry('list')).stdout).not.toContain('umbrella');
    },
    patience(60_000),
  );

  it(
    'says that the App is not installed on an account, and which accounts can be connected',
    async () => {
      const { stderr } = await gantry('join', 'nowhere');
      expect(stderr).toMatch(
        /^Error: The GitHub App is not installed on nowhere for you\. Install it at http:\S+ and join again\. You may join: .*umbrella/m,
      );
      expect((await gantry('leave', 'nowhere')).stderr).toMatch(/^Error: Team \S+ has not joined nowhere\. There /);
    },
    patience(60_000),
  );

  it("passes on GitHub's error when a person declines", async () => {
    const address = 'http://127.0.0.1:47100/callback?error=access_denied&state=aut_01J8Z3N5W4Q8R7T6Y5X4W3V2T1';
    const { code, stderr } = await gantry('join', '--returned', address);
    expect([code, stderr]).toEqual([
      4,
      'Error: GitHub has not said who you are: access_denied. Run `gantry github join` again.\n',
    ]);
  });
});
