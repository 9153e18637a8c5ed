import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { catalogue } from '@gantry/cli/catalogue.ts';
import { flagName } from '@gantry/cli/declare.ts';
import { documentation } from '@gantry/cli/docs.ts';
import { withLock } from '@gantry/cli/lock.ts';
import { jsonText, printable, printableWithColours } from '@gantry/cli/printable.ts';
import { checkAddress } from '@gantry/cli/session.ts';
import { completions } from '@gantry/cli/shells.ts';
import { instantOf } from '@gantry/cli/since.ts';
import { version } from '@gantry/contract/version.ts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { unless } from '../unless.ts';
import { type Bed, expectOneLine, golden, makeBed, missing } from './command.ts';

const root = join(import.meta.dirname, '../..');
const ESCAPE = '\u001b';
const TOKEN = 'gty_tok_secret';

const onFullDisk = unless(missing('unshare', '-rm', 'mount', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', '/mnt'));

describe('the command', () => {
  let bed: Bed;
  const servers: Server[] = [];

  beforeAll(async () => {
    bed = await makeBed();
  });

  afterAll(() => {
    for (const server of servers) server.close();
    bed?.remove();
  });

  /** A server that answers each path with a status and a body. */
  async function serverOf(answers: Readonly<Record<string, readonly [number, unknown]>>): Promise<string> {
    const server = createServer((request, response) => {
      const [status, body] = answers[request.url ?? ''] ?? [404, { message: 'Not Found' }];
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it('matches docs/cli.md, and the help of every verb has examples', async () => {
    expect(readFileSync(join(root, 'docs/cli.md'), 'utf8')).toBe(await documentation());
    for (const { words, verb } of await catalogue()) {
      if (verb !== undefined) expect([words, verb.examples.length > 0]).toEqual([words, true]);
      for (const example of verb?.examples ?? []) expect(example.startsWith(words.join(' '))).toBe(true);
    }
    const { stdout, code } = await bed.run(['token', 'create', '--help']);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/Usage: gantry token create .*<name>/)]);
    expect(stdout).toContain('Examples:\n  gantry token create ci --project shop');
  }, 30_000);

  it("has no flag of a verb with the name of one of the command's own flags, which would hide it", async () => {
    const own = ['version', 'help'];
    const flags = (await catalogue()).flatMap(({ words, verb }) =>
      Object.keys(verb?.flags ?? {}).map((flag) => [words.join(' '), flag] as const),
    );
    expect(flags.length).toBeGreaterThan(50);
    expect(flags.filter(([, flag]) => own.includes(flag))).toEqual([]);
  });

  it('has the same version as the packages', async () => {
    const versions = ['package.json', 'cli/package.json'].map(
      (file) => JSON.parse(readFileSync(join(root, file), 'utf8')).version,
    );
    expect(versions).toEqual([version, version]);
    expect((await bed.run(['--version'])).stdout).toBe(`${version}\n`);
    expect(readFileSync(join(root, 'action.yml'), 'utf8')).toContain(`default: ${version}\n`);
  });

  it('runs from a clone as from the package', () => {
    const args = ['--disable-warning=ExperimentalWarning', join(root, 'cli/main.ts'), 'up', '--help'];
    expect(execFileSync(process.execPath, args, { encoding: 'utf8' })).toContain('Usage: gantry up');
  });

  it('completes every verb and flag in each shell, in scripts that the shells accept', async () => {
    const commands = await catalogue();
    const flags = commands.flatMap(({ verb }) => Object.keys(verb?.flags ?? {}).map(flagName));
    for (const [shell, script] of Object.entries(completions)) {
      const text = script(commands);
      const words = [
        ...flags.map((flag) => (shell === 'fish' ? `-l ${flag.slice(2)}` : flag)),
        ...commands.flatMap(({ words }) => words),
      ];
      expect(words.filter((word) => !text.includes(word))).toEqual([]);
      const unread = missing(shell, '-c', 'true') ?? spawnSync(shell, ['-n'], { input: text, encoding: 'utf8' }).stderr;
      expect(unread === '' || unread === `${shell} is not installed` ? '' : unread).toBe('');
    }
    const asked = (words: string) =>
      execFileSync(
        'bash',
        [
          '-c',
          `source <("$0" "$1" completion bash); COMP_WORDS=(${words}); COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 )); _gantry; echo "\${COMPREPLY[*]}"`,
          process.execPath,
          bed.program,
        ],
        { encoding: 'utf8' },
      ).trim();
    expect(asked('gantry ro')).toBe('rollback');
    expect(asked("gantry token ''")).toBe('create list revoke');
    expect(asked('gantry up --det')).toBe('--detach');
    expect(asked('gantry --json token create --sc')).toBe('--scope');
    expect(asked("gantry token create --scope ''")).toBe('read deploy all');
    expect(asked('gantry token create ci --sc')).toBe('--scope');
    expect(asked('gantry logs --level w')).toBe('warn');
    expect(asked('gantry rollback W3V2T1 --det')).toBe('--detach');
  }, 30_000);

  it.each([
    [['upp'], /^Error: unknown command "upp" \(Did you mean up\?\)$/],
    [['up', '--detatch'], /^Error: unknown option "--detatch" \(Did you mean --detach\?\)$/],
    [['token', 'create'], /^Error: missing required argument "name"$/],
    [['logs', '--level', 'loud'], /Allowed choices are debug, info, warn, error\.$/],
    [['whoami', '--api', 'ftp://x'], /^Error: ftp:\/\/x is no address of a Gantry/],
    [['whoami', '--api', 'http://example.com'], /must begin with https:\/\//],
    [['completion', 'csh'], /There are: bash, zsh, fish\.$/],
    [['up', '--timeout', 'soon'], /^Error: --timeout is soon, and must be a number of minutes/],
  ])('refuses %j with one line and exit code 2', async (args, line) => {
    const ended = await bed.run(args);
    expect([ended.code, ended.stdout]).toEqual([2, '']);
    expectOneLine(ended, line);
  });

  it("sends GANTRY_TOKEN only to the address that the user named, never to the one in a folder's link", async () => {
    const id = (prefix: string) => ({ id: `${prefix}_01J8Z3N5W4Q8R7T6Y5X4W3V2T1`, slug: 'x' });
    const link = {
      api: 'https://evil.example.com',
      team: id('team'),
      project: id('prj'),
      service: id('svc'),
      environment: id('env'),
    };
    const folder = bed.folder('cloned', { 'gantry.link.json': JSON.stringify(link) });
    const ended = await bed.run(['status'], { folder, env: { GANTRY_TOKEN: TOKEN } });
    expect(ended.code).toBe(2);
    expectOneLine(ended, /GANTRY_TOKEN is set, but no address: set GANTRY_API too/);
    writeFileSync(join(folder, 'gantry.link.json'), '{"api": 1}');
    expectOneLine(await bed.run(['status'], { folder }), /gantry\.link\.json is damaged\. Link the folder again/);
  });

  it('reports an error as JSON with --json', async () => {
    const { code, stdout, stderr } = await bed.run(['whoami', '--json']);
    expect([code, stdout, JSON.parse(stderr)]).toEqual([
      3,
      '',
      { error: { kind: 'Unauthenticated', message: expect.stringContaining('gantry login'), fields: [], lines: [] } },
    ]);
  });

  it('reports that the server has another version', async () => {
    const api = await serverOf({ '/v1/health': [200, { status: 'ok', stage: 'production', version: '9.1.0' }] });
    const env = { GANTRY_API: api, GANTRY_TOKEN: TOKEN };
    const ended = await bed.run(['whoami'], { env });
    expect(ended.code).toBe(5);
    expectOneLine(ended, /The server is Gantry 9\.1\.0 and this command \S+: install @gantry\/cli@9\.1\.0\./);
    const doctor = await bed.run(['doctor'], { env });
    expect([doctor.code, doctor.stdout]).toEqual([
      6,
      expect.stringMatching(/✗ +server +Gantry 9\.1\.0; this command is /),
    ]);
  });

  it('keeps a sign-in that only its user can read, and says in one line why it cannot store one', async () => {
    const user = { id: 'usr', email: 'ada@example.com', createdAt: '2026-11-20T09:30:00.000Z' };
    const api = await serverOf({ '/v1/session': [200, { user, teams: [], invitations: [] }] });
    const login = ['login', '--api', api, '--token', TOKEN];
    const there = await bed.run(login, { env: { XDG_CONFIG_HOME: join(bed.root, 'own') } });
    expect([there.code, golden(there.stdout)]).toEqual([
      0,
      'Signed in to http://127.0.0.1:<port> as ada@example.com.\n',
    ]);
    expect(statSync(join(bed.root, 'own/gantry/credentials.json')).mode & 0o777).toBe(0o600);
    const elsewhere = await bed.run(login, { env: { XDG_CONFIG_HOME: '/sys/gantry' } });
    expect([elsewhere.code, elsewhere.stdout]).toEqual([74, '']);
    expectOneLine(elsewhere, /^Error: mkdir \/sys\/gantry\S* is not (allowed|possible): /);
    bed.folder('own/gantry', { 'credentials.json': 'not json' });
    const damaged = await bed.run(['whoami'], { env: { XDG_CONFIG_HOME: join(bed.root, 'own') } });
    expectOneLine(damaged, /credentials\.json is damaged\. Remove it, then sign in again/);
  });

  it('prints nothing more once its reader is gone, and a clear error on a full disk', () => {
    const shell = (line: string) =>
      spawnSync('bash', ['-c', `set -o pipefail; ${line}`], {
        cwd: bed.root,
        encoding: 'utf8',
        env: { ...process.env, N: process.execPath, P: bed.program },
      });
    const broken = shell('"$N" "$P" completion bash | true');
    expect([[0, 141].includes(broken.status ?? -1), broken.stderr]).toEqual([true, '']);
    const full = shell('"$N" "$P" completion bash > /dev/full');
    expect([full.status, full.stderr]).toEqual([74, 'Error: write is not possible: the disk is full.\n']);
  });

  onFullDisk('packs nothing on a full disk, and says why in one line', async () => {
    const packing = bed.folder('app', { noise: Array.from({ length: 20_000 }, () => Math.random()).join() });
    writeFileSync(
      join(bed.root, 'pack.mjs'),
      `
      import { packFolder } from ${JSON.stringify(join(root, 'cli/archive.ts'))};
      import { exitOf } from ${JSON.stringify(join(root, 'cli/errors.ts'))};
      import { createOutput } from ${JSON.stringify(join(root, 'cli/output.ts'))};
      await packFolder(${JSON.stringify(packing)}, 1e9, () => undefined).catch(async (error) => process.exit(await exitOf(error, createOutput(false))));
    `,
    );
    const line =
      'mount -t tmpfs -o size=64k tmpfs /mnt && TMPDIR=/mnt exec "$0" --disable-warning=ExperimentalWarning "$1"';
    const { status, stderr } = spawnSync(
      'unshare',
      ['-rm', 'bash', '-c', line, process.execPath, join(bed.root, 'pack.mjs')],
      { encoding: 'utf8' },
    );
    expect([status, stderr]).toEqual([74, 'Error: write is not possible: the disk is full.\n']);
  });
});

describe('in the command,', () => {
  it('text of other people prints without control characters, and a log line keeps its colours', () => {
    const hostile =
      '\u001b[31mred\u001b[0m\u001b[2J\u001b]0;title\u0007 x\u0008y\tz\u009b2J\u009d0;t\u009c\u001bc\u202eabc\u2066';
    expect(printable(hostile)).toBe('red xy\tzabc');
    expect(printableWithColours(hostile)).toBe('\u001b[31mred\u001b[0m xy\tzabc\u001b[0m');
    expect([jsonText(hostile), JSON.parse(jsonText(hostile))]).toEqual([
      expect.not.stringMatching(/[\p{Cc}\p{Bidi_Control}]/u),
      hostile,
    ]);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const colours = new RegExp(`${ESCAPE}\\[[\\d;]*m`, 'g');
        for (const shown of [printable(text), printableWithColours(text).replace(colours, ''), jsonText(text)])
          expect(shown).not.toMatch(/[^\P{Cc}\t\n]|\p{Bidi_Control}/u);
      }),
    );
  });

  it('--since takes an age or a time', () => {
    const now = Date.parse('2026-11-20T10:00:00Z');
    expect(instantOf('--since', '15m', now)).toBe('2026-11-20T09:45:00.000Z');
    expect(instantOf('--since', '3d', now)).toBe('2026-11-17T10:00:00.000Z');
    expect(instantOf('--since', '2026-11-20T09:30:00+02:00', now)).toBe('2026-11-20T07:30:00.000Z');
    expect(() => instantOf('--since', 'yesterday', now)).toThrow('--since is yesterday');
  });

  it('an address has one form, however the user writes it', () => {
    expect(checkAddress('https://Gantry.example.com/')).toBe('https://gantry.example.com');
    expect(checkAddress('http://localhost:4510')).toBe('http://localhost:4510');
    expect(checkAddress('http://[::1]:4510')).toBe('http://[::1]:4510');
    for (const bad of ['gantry', 'http://127.0.0.1.example.com', 'file:///etc'])
      expect(() => checkAddress(bad)).toThrow(bad);
  });

  it('a lock admits one process at a time, and a dead process does not keep it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gantry-lock-'));
    const file = join(folder, 'lock');
    writeFileSync(file, '999999999');
    let inside = 0;
    const runs = Array.from({ length: 5 }, () =>
      withLock(file, async () => {
        inside += 1;
        await new Promise((resolve) => setTimeout(resolve, 5));
        const alone = inside === 1;
        inside -= 1;
        return alone;
      }),
    );
    expect(await Promise.all(runs)).toEqual([true, true, true, true, true]);
    rmSync(folder, { recursive: true });
  });
});
