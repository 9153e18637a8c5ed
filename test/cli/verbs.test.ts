import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { catalogue } from '@gantry/cli/catalogue.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import type { Route } from '@gantry/contract/route.ts';
import { afterAll, describe, expect, it } from '@jest/globals';
import { type FarSide, startFarSide } from './far-side.ts';
import { EMAIL, ID, run, signIn } from './in-process.ts';

/** The arguments of each verb with which it calls the API and asks nothing. Records of the far side are called shop, except the linked ones. */
const ARGUMENTS: Readonly<Record<string, string>> = {
  login: '--token gty_tok_new',
  logout: '--everywhere',
  whoami: '',
  init: '--project shop',
  link: '--environment shop',
  status: '',
  open: '',
  up: '--detach',
  deploy: '--detach',
  plan: '',
  dockerfile: '',
  deployments: '',
  logs: '',
  metrics: '--since 2h --step 5m',
  'alerts list': '',
  'alerts create': 'Errors --metric error-rate --above 5',
  'alerts propose': '',
  'alerts update': `alr_${ID} --above 7`,
  'alerts silence': `alr_${ID} --for 2h`,
  'alerts history': `alr_${ID}`,
  'alerts delete': `alr_${ID}`,
  'channels list': '',
  'channels create': 'ops --kind webhook --target https://hooks.example.com/gantry',
  'channels update': `chn_${ID} --name Operations`,
  'channels test': `chn_${ID} --detach`,
  'channels log': `chn_${ID}`,
  'channels replay': `chn_${ID} ntc_${ID} --detach`,
  'channels delete': `chn_${ID}`,
  promote: 'shop --detach',
  pause: '',
  resume: '',
  advance: '',
  cancel: `dpl_${ID}`,
  retry: '--detach',
  rollback: '--detach',
  restart: '--detach',
  stop: '--yes web',
  start: '--detach',
  scale: '--max 2 --detach',
  'variables list': '',
  'variables set': 'LOG_LEVEL=debug --detach',
  'variables unset': 'LOG_LEVEL --detach',
  'variables import': 'my.env --detach',
  'variables diff': '',
  'variables history': '',
  'variables export': '--shared project',
  'variables apply': '--detach',
  'variables discard': '',
  run: '-- true',
  exec: 'web',
  'project list': '',
  'project create': 'shop',
  'project rename': 'Shop',
  'project delete': '--yes shop',
  'service list': '',
  'service create': 'worker',
  'service show': '',
  'service update': '--health /healthz',
  'service delete': '--yes web',
  'config show': '',
  'env list': '',
  'env create': 'staging',
  'env rename': 'shop Shop',
  'env delete': 'shop --yes shop',
  'db create': 'postgres --detach',
  'db list': '',
  'db info': 'postgres',
  'db url': 'postgres',
  'db connect': 'postgres',
  'db scale': 'postgres --size small --detach',
  'db rotate': 'postgres --detach',
  'db drill': 'postgres --detach',
  'db backup': 'postgres --detach',
  'db backups': '',
  'db restore': '--backup bkp_01J8Z3N5W4Q8R7T6Y5X4W3V2T1 --detach',
  'db clone': 'postgres --detach',
  'db delete-backup': 'bkp_01J8Z3N5W4Q8R7T6Y5X4W3V2T1 --yes postgres',
  'db delete': 'postgres --yes postgres',
  'github list': '',
  'github join': `--returned http://127.0.0.1:47100/callback?code=c&state=aut_${ID}`,
  'github leave': 'acme --yes acme',
  'team list': '',
  'team create': 'acme',
  'team rename': 'Acme',
  'team members': '',
  'team role': `${EMAIL} viewer`,
  'team remove': `${EMAIL} --yes ${EMAIL}`,
  'team transfer': `${EMAIL} --yes shop`,
  'team invite': EMAIL,
  'team invitations': '',
  'team uninvite': `inv_${ID}`,
  'team accept': '',
  'team leave': '--yes shop',
  'token create': 'ci',
  'token list': '',
  'token revoke': `tok_${ID}`,
  completion: 'bash',
  doctor: '',
};

/** These call no server. */
const ALONE = new Set(['completion', 'plan', 'dockerfile']);
/** It reports its findings, and then fails by the first fault. */
const DOCTOR = 'doctor';
/** It leaves stdout to another program. */
const HANDS_OVER = 'run';
/** It opens psql, which is missing here. */
const SHELL = 'db connect';
/** A token, which every user has here, cannot continue after the API accepts the command. */
const BY_PERSONS = 'exec';

/** A port that the system gives only to programs that ask for it. */
const NOWHERE: FarSide = { url: 'http://127.0.0.1:2', refusals: () => 0, stop: () => undefined };

const ended = new GantryError('Unauthenticated', 'The API token is not valid, was revoked or has expired.');
const notAllowed = new GantryError(
  'Forbidden',
  'Your role on this team is viewer, which does not allow service.update.',
);

const FULL = 'Error: write is not possible: the disk is full.';

interface Ended {
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly refusals: number;
}

describe('every verb', () => {
  const root = mkdtempSync(join(tmpdir(), 'gantry-verbs-'));
  const farSides: FarSide[] = [];

  afterAll(() => {
    for (const farSide of farSides) farSide.stop();
    rmSync(root, { recursive: true, force: true });
  });

  it('has a row in the table of this test', async () => {
    const verbs = (await catalogue()).flatMap(({ words, verb }) => (verb === undefined ? [] : words.join(' ')));
    expect(Object.keys(ARGUMENTS)).toEqual(verbs);
  });

  it('says how to sign in when nobody is signed in', async () => {
    const line = 'You are not signed in. Run `gantry login --api <address of your Gantry>`.';
    await expectOneLineOfEach(undefined, 3, line, '1 check failed: address.');
  });

  it('says in one line that the server does not answer', async () => {
    await expectOneLineOfEach(
      NOWHERE,
      69,
      `${NOWHERE.url} does not answer. Is Gantry running there?`,
      '3 checks failed: server, sign-in, link.',
    );
  });

  it('says in one line that the token has expired', async () => {
    await expectOneLineOfEach(await farSideThat(refuse(ended)), 3, ended.message, '2 checks failed: sign-in, link.');
  });

  it('says in one line that the role is too low', async () => {
    await expectOneLineOfEach(
      await farSideThat(refuse(notAllowed)),
      4,
      notAllowed.message,
      '2 checks failed: sign-in, link.',
    );
  });

  it('fails when its change is refused though its reads are allowed', async () => {
    const farSide = await farSideThat((route) => (route.method === 'GET' ? undefined : notAllowed));
    const found = await each(farSide, ({ code, stderr, refusals }) => [refusals, code, ...errorsOf(stderr)]);
    const changing = Object.keys(found).filter((verb) => found[verb]?.[0] !== 0);
    expect(changing.length).toBeGreaterThan(30);
    const refused = [1, 4, `Error: ${notAllowed.message}`];
    expect(found).toEqual(ofEach((verb) => (changing.includes(verb) ? refused : [0, undefined])));
  });

  it.each([
    ['ends silently when its reader is gone', 'EPIPE', 141, []],
    ['says in one line that the disk is full', 'ENOSPC', 74, [FULL]],
  ])('%s', async (_, refusal, code, errors) => {
    const farSide = await farSideThat(() => undefined);
    const found = await each(farSide, (end) => [end.code, ...errorsOf(end.stderr)], refusal);
    expect(found).toEqual(
      ofEach((verb) => {
        if (verb === SHELL) return [5, expect.stringContaining('There is no psql here')];
        if (verb === BY_PERSONS) return [4, expect.stringContaining('This token cannot run commands')];
        return verb === HANDS_OVER ? [undefined] : [code, ...errors];
      }),
    );
  });

  it('prints no control characters from users and servers', async () => {
    const farSide = await farSideThat(() => undefined, hostile);
    const refusing = await farSideThat(refuse(new GantryError('Conflict', HOSTILE, [], { lines: [HOSTILE] })));
    const lines = [
      ...Object.entries(ARGUMENTS).map(([verb, args]) => `${verb} ${args}`),
      ...['retry', 'logs --build', `cancel ${HOSTILE}`, `variables set A=${HOSTILE} --stage`, HOSTILE],
    ];
    const ends = await Promise.all(
      lines.flatMap((line) =>
        [farSide, refusing].flatMap((side) =>
          [[], ['--json']].map(async (more) => {
            const [words, program] = line.trim().split(' -- ');
            const all = [...(words ?? '').split(' '), ...more, ...(program === undefined ? [] : ['--', program])];
            const { stdout, stderr } = await run(all, newcomer(side).folder, { terminal: true });
            return { line, shown: `${stdout}${stderr}` };
          }),
        ),
      ),
    );
    expect(ends.filter(({ shown }) => shown.includes('evil')).length).toBeGreaterThan(100);
    expect(ends.filter(({ shown }) => OBEYED.test(shown.replace(COLOURS, '')))).toEqual([]);
  }, 60_000);

  async function farSideThat(
    refusalOf: (route: Route) => GantryError | undefined,
    changed?: (reply: unknown, operation: string) => unknown,
  ): Promise<FarSide> {
    const farSide = await startFarSide(refusalOf, changed);
    farSides.push(farSide);
    return farSide;
  }

  /** Expects this end of each verb except those without a call; the doctor names its findings in its report. */
  async function expectOneLineOfEach(
    farSide: FarSide | undefined,
    code: number,
    line: string,
    report: string,
  ): Promise<void> {
    const found = await each(farSide, (end) => ({ code: end.code, stderr: end.stderr, printed: end.stdout !== '' }));
    const wanted = ofEach((verb) => {
      if (ALONE.has(verb)) return { code: undefined, stderr: '', printed: true };
      const said = verb === DOCTOR ? report : line;
      return { code, stderr: `Error: ${said}\n`, printed: verb === DOCTOR };
    });
    expect(found).toEqual(wanted);
  }

  /** The end of each verb. `refusal` is the error of their stdout. */
  async function each<T>(
    farSide: FarSide | undefined,
    outcomeOf: (ended: Ended) => T,
    refusal?: string,
  ): Promise<Record<string, T>> {
    const runs = Object.entries(ARGUMENTS).map(async ([verb, args]) => {
      const { folder, token } = newcomer(farSide);
      const ended = await run(`${verb} ${args}`.trim().split(' '), folder, { refusal });
      return [verb, outcomeOf({ ...ended, refusals: farSide?.refusals(token) ?? 0 })] as const;
    });
    return Object.fromEntries(await Promise.all(runs));
  }

  /** A new folder for a run, as `gantry login` and `gantry link` leave it. */
  function newcomer(farSide: FarSide | undefined): { readonly folder: string; readonly token: string } {
    const folder = mkdtempSync(join(root, 'run-'));
    const token = `gty_tok_${basename(folder)}`;
    if (farSide !== undefined) signIn(folder, farSide, token);
    writeFileSync(join(folder, 'my.env'), 'LOG_LEVEL=debug\n');
    writeFileSync(join(folder, 'index.html'), '<!doctype html>');
    return { folder, token };
  }
});

/** Moves the cursor, clears the screen, renames the window, writes to the clipboard, hides and turns the following text, and starts a new line. */
const HOSTILE =
  '\u001b[2J\u001b[1;1Hevil\u001b]0;title\u0007\u001b]52;c;ZXZpbA==\u001b\\\u009b31m\u0090q\u009c\u001b[8m\u202e\u2066\u0008\r\u0007';
const COLOURS = new RegExp(`${'\u001b'}\\[[\\d;]*m`, 'g');
const OBEYED = /[^\P{Cc}\t\n]|\p{Bidi_Control}/u;

/** Fields that the command depends on; all other texts of a reply are hostile. */
const KEPT = /^(?:status|kind|slug|method|level|scope|role|next|id|\w*Id|\w*At|since)$|Url$/;

/** A reply in which every user-written text is hostile; a followed deployment has failed. */
function hostile(reply: unknown, operation: string): unknown {
  const spoilt = spoil(reply) as Record<string, unknown>;
  if (operation === 'uploads.create') return reply;
  const commit = { id: '5b1b3f6f2c1f6f0c1d2e3a4b5c6d7e8f90a1b2c3', message: HOSTILE, author: HOSTILE };
  const failed = {
    source: { kind: 'git', url: HOSTILE, branch: HOSTILE, commit },
    reason: { kind: 'BuildFailed', step: 'build', detail: HOSTILE, lines: [HOSTILE] },
  };
  if (operation === 'deployments.list') {
    const [item] = spoilt.items as object[];
    return { items: [{ ...item, ...failed }], next: null };
  }
  return operation.startsWith('deployments.') ? { ...spoilt, ...failed, status: 'failed' } : spoilt;
}

function spoil(value: unknown): unknown {
  if (typeof value === 'string') return `${value}${HOSTILE}`;
  if (Array.isArray(value)) return value.map(spoil);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, KEPT.test(key) ? part : spoil(part)]));
}

function refuse(error: GantryError) {
  return ({ access }: Route) => (access === 'public' ? undefined : error);
}

/** The lines of errors and stack traces among the notes. */
function errorsOf(stderr: string): string[] {
  return stderr.split('\n').filter((line) => /Error|^\s+at /.test(line));
}

function ofEach<T>(outcomeOf: (verb: string) => T): Record<string, T> {
  return Object.fromEntries(Object.keys(ARGUMENTS).map((verb) => [verb, outcomeOf(verb)]));
}
