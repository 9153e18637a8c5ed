import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { passSignInPages } from '@gantry/local/example/session.ts';
import { expect } from '@jest/globals';
import { eventually, type Platform } from '../journeys/platform.ts';
import { type Bed, golden, type Running } from './command.ts';
import { atTerminal, screenOf, shown, type } from './terminal.ts';

/** A folder that is linked and deployed, on a platform with its first owner. */
interface Place {
  readonly bed: Bed;
  readonly platform: Platform;
  readonly folder: string;
  readonly url: string;
}

const CTRL_C = '\u0003';
const INSTRUCTIONS = 'Sign in with your browser. If none has opened, visit\n\n  <address of the pages>\n\n';
const REMOVAL =
  'This deletes project corner, with all its services in all environments. Nothing brings it back.\nType corner to confirm:';

/** The whole screen of a user at a terminal: overwritten and cleared text is gone. */
export function itShowsAtATerminal(at: () => Place): void {
  const visited = () => join(at().bed.root, 'visited');

  /** Starts the command for a new user, with a browser that only remembers the address. */
  function start(args: readonly string[], folder: string, more: Readonly<Record<string, string>> = {}): Running {
    const { bed } = at();
    const browser = join(bed.folder('newcomer', {}), 'browser');
    writeFileSync(browser, `#!/bin/sh\necho "$1" > "$0.new" && mv "$0.new" '${visited()}'\n`, { mode: 0o755 });
    const env = {
      XDG_CONFIG_HOME: join(bed.root, 'newcomer'),
      BROWSER: browser,
      NO_COLOR: '1',
      TERM: 'xterm',
      ...more,
    };
    return bed.startAtTerminal(args, { folder, env });
  }

  atTerminal(
    'sees at a terminal how to sign in by the browser, and whether it worked',
    async () => {
      const { bed, platform } = at();
      const { api, owner } = platform.endpoints;
      const login = start(['login', '--api', api], bed.root);
      await eventually('the wait', () => login.said().includes('…'));
      await eventually('the browser', () => existsSync(visited()));
      const address = readFileSync(visited(), 'utf8').trim();
      const screen = (text: string) => golden(text.replace(address, '<address of the pages>'));
      expect(screen(screenOf(login.said()))).toBe(`${INSTRUCTIONS}Waiting for the sign-in …`);
      const redirect = new URL(address).searchParams.get('redirect_uri') ?? '';
      await fetch(await passSignInPages(address, redirect, owner.email, owner.password));
      const signedIn = await shown(login);
      expect([signedIn.code, screen(signedIn.screen)]).toEqual([
        0,
        `${INSTRUCTIONS}Signed in to http://127.0.0.1:<port> as owner@example.com.\n`,
      ]);

      const another = start(['login', '--print'], bed.root);
      await type(another, '…', CTRL_C);
      const { code, screen: left } = await shown(another);
      expect([code, left.replace(/http\S+/, '<address of the pages>')]).toEqual([
        130,
        'To sign in, visit\n\n  <address of the pages>\n\nInterrupted: nobody was signed in.\n',
      ]);
    },
    60_000,
  );

  atTerminal(
    'answers questions at a terminal about missing arguments, and sees the answers',
    async () => {
      const own = at().bed.folder('Corner Shop!', {});
      const answered = async (args: readonly string[], question: string, keys: string) => {
        const running = start(args, own);
        await type(running, question, keys);
        const { code, screen } = await shown(running);
        return [code, golden(screen.replace(own, '~'))];
      };
      const linked = (names: string) => `Linked ~/gantry.link.json to ${names} / web / production.\n`;
      expect(await answered(['init'], ']: ', 'corner\r')).toEqual([
        0,
        `Name of the project [corner-shop]: corner\n${linked('corner')}Deploy this folder with \`gantry up\`.\n`,
      ]);
      expect(await answered(['link'], '): ', '2\r')).toEqual([
        0,
        `  1) shop\n  2) corner\nWhich project (1 to 2, or a name): 2\n${linked('corner')}`,
      ]);
      expect(await answered(['link'], '): ', '\r')).toEqual([
        2,
        '  1) shop\n  2) corner\nWhich project (1 to 2, or a name):\nError: Nothing was chosen: give a number or a name.\n',
      ]);
      expect(await answered(['project', 'delete'], 'confirm: ', 'shop\r')).toEqual([
        2,
        `${REMOVAL} shop\nError: Nothing was done: the name is corner, not shop.\n`,
      ]);
      expect(await answered(['project', 'delete'], 'confirm: ', CTRL_C)).toEqual([130, `${REMOVAL}\nInterrupted.\n`]);
      expect(
        await answered(['variables', 'set', 'API_KEY=-', '--sealed', '--stage'], 'API_KEY: ', 'planted-secret\r'),
      ).toEqual([0, 'Value of API_KEY:\n+ API_KEY=(sealed)\nStaged. Run `gantry variables apply` to deploy it.\n']);
      expect(await answered(['login', '--token'], 'token: ', 'wrong\r')).toEqual([
        2,
        'API token:\nError: This is not an API token: tokens begin with gty_. Make one with `gantry token create`.\n',
      ]);
    },
    60_000,
  );

  atTerminal(
    'opens the app in a browser from a terminal, and sees its address',
    async () => {
      const { folder, url } = at();
      rmSync(visited());
      expect(await shown(start(['open'], folder))).toEqual({ code: 0, screen: `${url}\n` });
      await eventually('the browser', () => existsSync(visited()));
      expect(readFileSync(visited(), 'utf8').trim()).toBe(url);
      const none = await shown(start(['open'], folder, { BROWSER: join(folder, 'none') }));
      expect(none).toEqual({ code: 0, screen: `${url}\nThere is no browser to open it with.\n` });
      const absent = await shown(start(['open', '--project', 'corner'], folder));
      expect(absent).toEqual({
        code: 5,
        screen: 'Error: Nothing of web is live in production. Deploy with `gantry up`.\n',
      });
      expect(golden((await shown(start(['logs'], folder))).screen)).toBe('<instant> listening on <port>\n');
    },
    60_000,
  );
}
