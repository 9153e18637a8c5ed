import { once } from 'node:events';
import { expect, it } from '@jest/globals';
import { eventually, visit } from '../journeys/platform.ts';
import { type Bed, expectOneLine, golden } from './command.ts';

/** Refers to a sealed variable, and so is sealed when resolved. */
export const AUTH = `Bearer \${{API_KEY}}`;

/** The command's lines about a deployment without a build. */
export const WITHOUT_BUILD = ['prepare', 'rollout', 'verify', 'shift', 'finish']
  .map((step) => `✓ ${step} <s>\n`)
  .join('');

/** A folder that is linked and deployed; its `.env` holds PORT, GREETING and AUTH. */
interface Place {
  readonly bed: Bed;
  readonly folder: string;
  readonly url: string;
}

/** Part of the developer's day: variables, on the shared platform. */
export function itSetsVariables(at: () => Place): void {
  const run = (...args: string[]) => at().bed.run(args, { folder: at().folder });

  it('stages variables, looks at them, and applies them with one deployment; nobody sees a sealed value', async () => {
    const text = async (...args: string[]) => golden((await run('variables', ...args)).stdout);
    const set = ['variables', 'set', 'API_KEY=-', '--sealed', '--stage'];
    const { code, stdout, stderr } = await at().bed.run(set, { folder: at().folder, input: 'planted-secret\n' });
    expect([code, stdout, stderr]).toEqual([
      0,
      '+ API_KEY=(sealed)\n',
      'Staged. Run `gantry variables apply` to deploy it.\n',
    ]);
    const refused = await run('variables', 'set', 'GREETING=good day');
    expect(refused.code).toBe(6);
    expectOneLine(
      refused,
      /API_KEY is staged and would be applied too\. Apply or discard that first\. See `gantry variables diff`/,
    );
    const imported = await run('variables', 'import', '.env', '--stage');
    expect(imported.stderr).toMatch(/^Left out PORT: the platform sets it\.\n/);
    const diff = `+ API_KEY=(sealed)\n+ AUTH=${AUTH}\n+ GREETING=good day\n`;
    expect([imported.stdout, await text('diff')]).toEqual([diff, diff]);
    const applied = await run('variables', 'apply');
    expect([applied.code, applied.stdout.trim(), golden(applied.stderr).replace(/^app .*\n/gm, '')]).toEqual([
      0,
      at().url,
      `${diff}Applied API_KEY, AUTH, GREETING.\n${WITHOUT_BUILD}`,
    ]);
    expect((await visit(at().url)).body).toBe('good day');
    await run('variables', 'unset', 'AUTH', '--stage');
    expect(await text('list')).toBe(
      [
        'NAME      VALUE                SCOPE  STAGED',
        'API_KEY   (sealed)             run',
        `AUTH      ${AUTH}  run    removed`,
        'GREETING  good day             run',
        '',
      ].join('\n'),
    );
    expect(await text('discard')).toBe('No longer staged: AUTH.\n');
    expect(await text('export')).toBe(`AUTH='${AUTH}'\nGREETING='good day'\n`);
    expect(await text('history')).toMatch(/^<time> +owner@example\.com +set API_KEY, set AUTH, set GREETING$/m);
    expect(await text('set', 'REGION=eu', '--shared', 'environment')).toBe('Applied REGION.\n');
    expect(JSON.parse(await text('list', '--shared', 'environment', '--json'))).toMatchObject({
      serviceId: null,
      variables: [{ name: 'REGION', value: 'eu' }],
      staged: [],
    });
  }, 60_000);

  it('keeps values byte for byte: the last line end of a key from stdin (A28), and what shells expand (A27)', async () => {
    const key = '-----BEGIN K-----\nabc\n-----END K-----\n';
    const staged = async (args: readonly string[], input: string) => {
      const ended = await at().bed.run(['variables', ...args, '--stage', '--json'], { folder: at().folder, input });
      expect(ended.code).toBe(0);
      const { changes } = JSON.parse(ended.stdout) as { changes: { name: string; after: { value: string } }[] };
      return Object.fromEntries(changes.map(({ name, after }) => [name, after.value]));
    };
    expect(await staged(['set', 'KEY=-'], key)).toEqual({ KEY: key });
    expect(await staged(['set', 'KEY=-', '--newline', 'trim'], key)).toEqual({ KEY: key.trimEnd() });
    expect(await staged(['set', 'KEY=-'], 'one line\n')).toEqual({ KEY: 'one line' });
    expect(await staged(['set', 'KEY=-', '--newline', 'keep'], 'one line\n')).toEqual({ KEY: 'one line\n' });
    const lines = [
      'A=$2a$12$mSN',
      'B=String$$',
      `C="array:'self',blob:,https://*"`,
      'D={"a": "b c", "d": "$x"}',
      'E=postgres://u:p%23w@h/db?x=y=z',
      `F=\${HOME}`,
      'G=$(whoami)',
      'H=abc#def',
      'I=abc #c',
      'J=héllo ✓ 🚀',
    ];
    expect(await staged(['import'], lines.join('\n'))).toEqual({
      KEY: 'one line\n',
      A: '$2a$12$mSN',
      B: 'String$$',
      C: "array:'self',blob:,https://*",
      D: '{"a": "b c", "d": "$x"}',
      E: 'postgres://u:p%23w@h/db?x=y=z',
      F: `\${HOME}`,
      G: '$(whoami)',
      H: 'abc#def',
      I: 'abc',
      J: 'héllo ✓ 🚀',
    });
    expect((await run('vars', 'discard')).code).toBe(0);
  }, 30_000);

  it('sees the mistake in a variable, and a warning that a sealed value is now in the history of the shell', async () => {
    const typed = await run('variables', 'set', 'API_KEY=typed', `URL=\${{api.HOST}}`, '--sealed');
    expect([typed.code, typed.stderr]).toEqual([
      6,
      'The value of API_KEY, URL is in the history of your shell now. Give a sealed one by stdin: `gantry variables set API_KEY=- --sealed`.\n' +
        'Error: web.URL → api.HOST: there is no variable of a service api with the name HOST.\n',
    ]);
    expect((await run('variables', 'discard')).stdout).toBe('Nothing was staged.\n');
    const mistakes = await Promise.all(
      [
        ['set', 'PORT=1'],
        ['set', 'A'],
        ['set', 'A=-', 'B=-'],
        ['set', 'A=1', 'A=2'],
        ['unset', 'TYPO'],
      ].map(async (args) => {
        const ended = await run('variables', ...args);
        return `${ended.code} ${ended.stderr}`;
      }),
    );
    expect(mistakes).toEqual([
      expect.stringMatching(/^2 Error: PORT is reserved: the platform sets PORT,.*\n$/),
      '2 Error: A has no value: write A=value, or A=- for stdin.\n',
      '2 Error: One value can come from stdin. For more, use `gantry variables import`.\n',
      '2 Error: A is there twice.\n',
      '5 Error: There is no TYPO here: see `gantry variables list`.\n',
    ]);
  }, 30_000);

  it("runs a local command with the app's unsealed variables; it gets signals, and its exit code is the command's", async () => {
    const program = `
      process.on('SIGTERM', () => process.exit(9));
      console.log('here', process.env.GREETING, process.env.GANTRY_SERVICE, process.env.API_KEY, process.env.AUTH);
      setInterval(() => undefined, 1_000);`;
    const child = at().bed.start(['run', '--', process.execPath, '-e', program, '--', '--json'], {
      folder: at().folder,
    });
    await eventually('the command to run', () => child.said().includes('here'));
    child.kill('SIGTERM');
    await once(child, 'close');
    expect([child.exitCode, child.said()]).toEqual([
      9,
      'Left out, as they are sealed: API_KEY, AUTH.\nhere good day web undefined undefined\n',
    ]);
    const [killed, absent] = await Promise.all([run('run', '--', 'sh', '-c', 'kill -9 $$'), run('run', 'nosuch')]);
    expect([killed.code, absent.code]).toEqual([137, 5]);
    expect(absent.stderr).toMatch(/^Error: There is no program nosuch here, nor on the PATH\.$/m);
  }, 30_000);
}
