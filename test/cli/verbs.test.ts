import { EventEmitter } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { catalogue } from '@gantry/cli/catalogue.ts';
import { createInterrupts } from '@gantry/cli/interrupts.ts';
import { createOutput } from '@gantry/cli/output.ts';
import { runCommand } from '@gantry/cli/program.ts';
import { createPrompts } from '@gantry/cli/prompts.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import type { Route } from '@gantry/contract/route.ts';
import { afterAll, describe, expect, it } from '@jest/globals';
import { type FarSide, startFarSide } from './farSide.ts';

const ID = '01J8Z3N5W4Q8R7T6Y5X4W3V2T1';
const EMAIL = 'ada@example.com';

/** What follows each verb, so that it calls the API and asks nothing. What the far side has is called shop, but for what the link names. */
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
  deployments: '',
  logs: '',
  cancel: `dpl_${ID}`,
  redrive: '--detach',
  rollback: '--detach',
  restart: '--detach',
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
  'project list': '',
  'project create': 'shop',
  'project rename': 'Shop',
  'project delete': '--yes shop',
  'service list': '',
  'service create': 'worker',
  'service show': '',
  'service update': '--health /healthz',
  'service delete': '--yes web',
  'env list': '',
  'env create': 'staging',
  'env rename': 'shop Shop',
  'env delete': 'shop --yes shop',
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

/** It calls nobody. */
const ALONE = 'completion';
/** It tells what it finds, and then fails by the first that is not right. */
const DOCTOR = 'doctor';
/** What it leaves stdout to is another program. */
const HANDS_OVER = 'run';

/** The system gives nobody this port who does not ask for it. */
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

  it('is in the table of this test', async () => {
    const verbs = (await catalogue()).flatMap(({ words, verb }) => (verb === undefined ? [] : words.join(' ')));
    expect(Object.keys(ARGUMENTS)).toEqual(verbs);
  });

  it('says how to sign in where nobody is', async () => {
    const line = 'You are not signed in. Run `gantry login --api <address of your Gantry>`.';
    await expectOneLineOfEach(undefined, 3, line, 'address');
  });

  it('says in one line that nothing answers', async () => {
    await expectOneLineOfEach(NOWHERE, 69, `${NOWHERE.url} does not answer. Is Gantry running there?`, 'server');
  });

  it('says in one line that a token has ended', async () => {
    await expectOneLineOfEach(await farSideThat(refuse(ended)), 3, ended.message, 'sign-in');
  });

  it('says in one line what a role does not allow', async () => {
    await expectOneLineOfEach(await farSideThat(refuse(notAllowed)), 4, notAllowed.message, 'sign-in');
  });

  it('fails by what a role does not allow also where it may look', async () => {
    const farSide = await farSideThat((route) => (route.method === 'GET' ? undefined : notAllowed));
    const found = await each(farSide, ({ code, stderr, refusals }) => [refusals, code, ...errorsOf(stderr)]);
    const changing = Object.keys(found).filter((verb) => found[verb]?.[0] !== 0);
    expect(changing.length).toBeGreaterThan(30);
    const refused = [1, 4, `Error: ${notAllowed.message}`];
    expect(found).toEqual(ofEach((verb) => (changing.includes(verb) ? refused : [0, undefined])));
  });

  it.each([
    ['ends without a word where its reader has left', 'EPIPE', 141, []],
    ['says in one line that its result does not fit on the disk', 'ENOSPC', 74, [FULL]],
  ])('%s', async (_, refusal, code, errors) => {
    const farSide = await farSideThat(() => undefined);
    const found = await each(farSide, (end) => [end.code, ...errorsOf(end.stderr)], refusal);
    expect(found).toEqual(ofEach((verb) => (verb === HANDS_OVER ? [undefined] : [code, ...errors])));
  });

  async function farSideThat(refusalOf: (route: Route) => GantryError | undefined): Promise<FarSide> {
    const farSide = await startFarSide(refusalOf);
    farSides.push(farSide);
    return farSide;
  }

  /** Expects this end of each verb but the one that calls nobody; the doctor names what it found, which is in its report. */
  async function expectOneLineOfEach(
    farSide: FarSide | undefined,
    code: number,
    line: string,
    what: string,
  ): Promise<void> {
    const found = await each(farSide, (end) => ({ code: end.code, stderr: end.stderr, printed: end.stdout !== '' }));
    const wanted = ofEach((verb) => {
      if (verb === ALONE) return { code: undefined, stderr: '', printed: true };
      const said = verb === DOCTOR ? `The ${what} is not as it should be.` : line;
      return { code, stderr: `Error: ${said}\n`, printed: verb === DOCTOR };
    });
    expect(found).toEqual(wanted);
  }

  /** What becomes of each verb. `refusal` is what their stdout says. */
  async function each<T>(
    farSide: FarSide | undefined,
    outcomeOf: (ended: Ended) => T,
    refusal?: string,
  ): Promise<Record<string, T>> {
    const runs = Object.entries(ARGUMENTS).map(async ([verb, args]) => {
      const folder = mkdtempSync(join(root, 'run-'));
      const token = `gty_tok_${basename(folder)}`;
      if (farSide !== undefined) signIn(folder, farSide, token);
      writeFileSync(join(folder, 'my.env'), 'LOG_LEVEL=debug\n');
      const ended = await run(`${verb} ${args}`.trim().split(' '), folder, refusal);
      return [verb, outcomeOf({ ...ended, refusals: farSide?.refusals(token) ?? 0 })] as const;
    });
    return Object.fromEntries(await Promise.all(runs));
  }
});

/** Runs the command in this process: what is its own of a process are streams, signals and folders. */
async function run(words: readonly string[], folder: string, refusal?: string) {
  const [stdout, stderr] = [streamOf(refusal), streamOf()];
  const env = { XDG_CONFIG_HOME: folder };
  const streams = { stdin: Readable.from([]), stdout, stderr, env };
  const out = createOutput(false, streams);
  const [prompts, interrupts] = [createPrompts(out, streams), createInterrupts(out, new EventEmitter())];
  const code = await runCommand(words, { out, prompts, interrupts, env, folder });
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

/** Leaves a folder as `gantry login` and `gantry link` do. */
function signIn(folder: string, { url }: FarSide, token: string): void {
  const named = (prefix: string, slug: string) => ({ id: `${prefix}_${ID}`, slug });
  const link = {
    api: url,
    team: named('team', 'shop'),
    project: named('prj', 'shop'),
    service: named('svc', 'web'),
    environment: named('env', 'production'),
  };
  const credentials = { current: url, servers: { [url]: { kind: 'token', email: EMAIL, token } } };
  mkdirSync(join(folder, 'gantry'));
  writeFileSync(join(folder, 'gantry/credentials.json'), JSON.stringify(credentials), { mode: 0o600 });
  writeFileSync(join(folder, 'gantry.link.json'), JSON.stringify(link));
}

function refuse(error: GantryError) {
  return ({ access }: Route) => (access === 'public' ? undefined : error);
}

/** The lines of errors, and of stack traces, among the notes. */
function errorsOf(stderr: string): string[] {
  return stderr.split('\n').filter((line) => /Error|^\s+at /.test(line));
}

function ofEach<T>(outcomeOf: (verb: string) => T): Record<string, T> {
  return Object.fromEntries(Object.keys(ARGUMENTS).map((verb) => [verb, outcomeOf(verb)]));
}

/** Keeps what is written, and then fails with an error of the operating system where one is given. */
function streamOf(refusal?: string) {
  let text = '';
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      // As a system does, it takes nothing at all from everybody.
      done(
        refusal === undefined || chunk.length === 0
          ? null
          : Object.assign(new Error(), { code: refusal, syscall: 'write' }),
      );
    },
  });
  return Object.assign(stream, { text: () => stripVTControlCharacters(text) });
}
