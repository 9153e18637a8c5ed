import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GantryError } from '@gantry/contract/errors.ts';
import type { Route } from '@gantry/contract/route.ts';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { patience } from '../patience.ts';
import { type Bed, makeBed } from './command.ts';
import { type FarSide, startFarSide } from './far-side.ts';
import { atTerminal, screenOf } from './terminal.ts';

const ID = '01J8Z3N5W4Q8R7T6Y5X4W3V2T1';
const LINKED = { team: 'shop', project: 'shop', service: 'web', environment: 'production' };
const PREFIXES = { team: 'team', project: 'prj', service: 'svc', environment: 'env' };
const MINUTE = 60_000;

interface Mistake {
  /** The server's refusal of all calls, if it refuses. */
  readonly refusal?: GantryError;
  /** The difference between the server's clock and this machine's, in milliseconds. */
  readonly skew?: number;
  readonly folder?: 'linked' | 'not linked' | 'damaged';
  readonly signedIn?: boolean;
  /** Nothing listens at the address. */
  readonly stopped?: boolean;
  /** There is no terminal. */
  readonly piped?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly says: string;
  readonly code: number;
}

const ended = new GantryError('Unauthenticated', 'The API token is not valid, was revoked or has expired.');
const viewer = new GantryError(
  'Forbidden',
  'Your role on this project is viewer, which cannot deploy. Ask an owner or admin.',
);
const narrow = new GantryError('Forbidden', 'This token cannot change variables. Create one with --scope all.');
const gone = new GantryError('NotFound', 'There is no such service here.');
const tooMany = new GantryError('Invalid', 'The smallest number of instances can be at most 20.', [
  { field: 'body.scaling.minReplicas', message: 'can be at most 20' },
]);

/** The most frequent mistakes, each with everything that the user sees. */
const MISTAKES: readonly (readonly [title: string, args: string, mistake: Mistake])[] = [
  [
    'is not signed in',
    'status',
    {
      signedIn: false,
      folder: 'not linked',
      code: 3,
      says: 'You are not signed in. Run `gantry login --api <address of your Gantry>`.',
    },
  ],
  [
    'is in a folder that is not linked',
    'status',
    {
      folder: 'not linked',
      piped: true,
      code: 2,
      says: 'Which project? This folder is not linked: run `gantry init` or `gantry link`, or give --project: shop, corner.',
    },
  ],
  ['names a folder that does not exist', 'up sit', { code: 74, says: 'There is no folder ~/sit.' }],
  [
    'names a file as the folder',
    'up gantry.link.json',
    { code: 74, says: '~/gantry.link.json is a file; give a folder.' },
  ],
  [
    'names a service that does not exist',
    'logs --service api',
    { code: 5, says: 'There is no service api in project shop. There are: shop.' },
  ],
  [
    'names an environment that does not exist',
    'up --environment prod',
    { code: 5, says: 'There is no environment prod in project shop. There are: shop.' },
  ],
  [
    'has a link to a service that was deleted',
    'logs',
    { refusal: gone, code: 5, says: 'The linked service was deleted: run `gantry init` or `gantry link`.' },
  ],
  [
    'has a damaged link',
    'status',
    { folder: 'damaged', code: 2, says: '~/gantry.link.json is damaged. Link the folder again with `gantry link`.' },
  ],
  [
    'calls a server that is stopped',
    'status',
    { stopped: true, code: 69, says: 'http://127.0.0.1:2 does not answer. Is Gantry running there?' },
  ],
  [
    'is behind a proxy',
    'status',
    {
      stopped: true,
      env: { HTTPS_PROXY: 'http://proxy:3128' },
      code: 69,
      says: 'http://127.0.0.1:2 does not answer. Is Gantry running there? HTTPS_PROXY is set, and used only with NODE_USE_ENV_PROXY=1.',
    },
  ],
  [
    'has a token that has ended',
    'up',
    { refusal: ended, code: 3, says: 'The API token is not valid, was revoked or has expired.' },
  ],
  [
    'has a clock that is wrong',
    'status',
    {
      refusal: ended,
      skew: -10 * MINUTE,
      code: 3,
      says: 'The API token is not valid, was revoked or has expired. The clock of this machine is 10 min ahead: set it.',
    },
  ],
  ['has a role that does not allow it', 'up', { refusal: viewer, code: 4, says: viewer.message }],
  ['has a token for less', 'variables set A=1', { refusal: narrow, code: 4, says: narrow.message }],
  [
    'is asked to confirm without a terminal',
    'service delete',
    {
      piped: true,
      code: 2,
      says: 'This deletes service web of shop in all environments. Nothing brings it back.\nError: To confirm without a terminal, add --yes web.',
    },
  ],
  [
    'gives a number that is too large',
    'scale --min 21 --max 21',
    { refusal: tooMany, code: 2, says: '--min can be at most 20.' },
  ],
  ['gives no number', 'scale two', { code: 2, says: 'The number of instances is two, and must be a whole number.' }],
  ['mistypes a command', 'depoly', { code: 2, says: 'unknown command "depoly" (Did you mean deploy?)' }],
  [
    "types another platform's command",
    'destroy',
    {
      code: 2,
      says: 'unknown command "destroy". To delete a service: `gantry service delete`. To delete a project: `gantry project delete`.',
    },
  ],
  ['mistypes a flag', 'up --detatch', { code: 2, says: 'unknown option "--detatch" (Did you mean --detach?)' }],
  ['leaves out a required argument', 'variables set', { code: 2, says: 'missing required argument "assignment"' }],
  [
    'gives a name without a value',
    'variables set A',
    { code: 2, says: 'A has no value: write A=value, or A=- for stdin.' },
  ],
  [
    'gives a schedule to no cron service',
    'init --project shop --schedule "0_3_*_*_*"',
    { code: 2, says: '--schedule is for a cron service: add --kind cron.' },
  ],
  [
    'asks for a cron service and gives no schedule',
    'init --project shop --kind cron',
    {
      code: 2,
      says: 'A cron service needs a schedule: give --schedule "0 3 * * *", or add "cron" to gantry.json.',
    },
  ],
  [
    'gives an invalid schedule',
    'init --project new --kind cron --schedule daily',
    { code: 2, says: '--schedule has 1 field, and needs five: minute, hour, day, month, weekday.' },
  ],
];

describe('a user who', () => {
  let bed: Bed;
  const farSides: FarSide[] = [];

  beforeAll(async () => {
    bed = await makeBed();
  }, patience(30_000));

  afterAll(() => {
    for (const farSide of farSides) farSide.stop();
    bed?.remove();
  });

  for (const [title, args, mistake] of MISTAKES) {
    atTerminal(
      `${title} sees one error and what to do, and nothing else (gantry ${args})`,
      async () => {
        const { env = {}, piped, code, says } = mistake;
        const api = mistake.stopped ? 'http://127.0.0.1:2' : await farSideOf(mistake);
        const folder = placeOf(mistake, api);
        const words = args.split(' ').map((word) => word.replaceAll('_', ' ').replaceAll('"', ''));
        const options = {
          folder,
          env: { XDG_CONFIG_HOME: join(folder, '.config'), TERM: 'xterm', NO_COLOR: '1', ...env },
        };
        const end = piped ? await bed.run(words, options) : await bed.runAtTerminal(words, options);
        const screen = (piped ? end.stderr : screenOf(end.stdout)).replaceAll(folder, '~');
        const error = says.includes('Error: ') ? says : `Error: ${says}`;
        expect([end.code, screen]).toEqual([code, `${error}\n`]);
      },
      patience(30_000),
    );
  }

  async function farSideOf({ refusal, skew = 0 }: Mistake): Promise<string> {
    const refusalOf = (route: Route) => (route.access === 'public' ? undefined : refusal);
    const two = (reply: unknown, operation: string) => {
      if (operation !== 'projects.list') return reply;
      const { items } = reply as { items: readonly object[] };
      return { items: [...items, { ...items[0], id: 'prj_01J8Z3N5W4Q8R7T6Y5X4W3V2T2', slug: 'corner' }], next: null };
    };
    const farSide = await startFarSide(refusalOf, two, () => Date.now() + skew);
    farSides.push(farSide);
    return farSide.url;
  }

  /** A folder as `gantry login` and `gantry link` leave it. */
  function placeOf({ folder = 'linked', signedIn = true }: Mistake, api: string): string {
    const place = join(bed.root, 'place');
    rmSync(place, { recursive: true, force: true });
    mkdirSync(join(place, '.config/gantry'), { recursive: true });
    const names = Object.entries(LINKED).map(([kind, slug]) => [
      kind,
      { id: `${PREFIXES[kind as keyof typeof PREFIXES]}_${ID}`, slug },
    ]);
    const link = JSON.stringify({ api, ...Object.fromEntries(names) });
    if (folder !== 'not linked') writeFileSync(join(place, 'gantry.link.json'), folder === 'damaged' ? '{' : link);
    const credential = { kind: 'token', email: 'ada@example.com', token: 'gty_tok_x' };
    const credentials = JSON.stringify({ current: api, servers: { [api]: credential } });
    if (signedIn) writeFileSync(join(place, '.config/gantry/credentials.json'), credentials, { mode: 0o600 });
    return place;
  }
});
