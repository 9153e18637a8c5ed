import { once } from 'node:events';
import { join } from 'node:path';
import { passSignInPages } from '@gantry/local/example/session.ts';
import { expect, it } from '@jest/globals';
import type { Platform } from '../journeys/platform.ts';
import { until } from '../until.ts';
import type { Bed, Ended } from './command.ts';
import { atTerminal, shown, type } from './terminal.ts';

const CTRL_C = '\u0003';

interface Place {
  readonly bed: Bed;
  readonly platform: Platform;
  /** A folder that is linked and deployed. */
  readonly folder: string;
}

/** Part of the developer's day: looks into the running app. */
export function itRunsCommands(at: () => Place, ms: number): void {
  const env = () => ({ XDG_CONFIG_HOME: join(at().bed.root, 'insider'), NO_COLOR: '1', TERM: 'xterm' });
  const exec = async (args: readonly string[], input = ''): Promise<unknown> => {
    const { code, stdout, stderr }: Ended = await at().bed.run(['exec', ...args], {
      folder: at().folder,
      env: env(),
      input,
    });
    return [code, stdout, stderr];
  };

  it('reads that an API token cannot run commands in services', async () => {
    const { bed, folder } = at();
    const { code, stdout, stderr } = await bed.run(['exec', 'web', '--', 'true'], { folder });
    expect([code, stdout, stderr]).toEqual([
      4,
      '',
      'Error: This token cannot run commands in services. Sign in as a person to do that.\n',
    ]);
  });

  it(
    'runs a command in the app, and gets its stdout, stderr and exit code',
    async () => {
      const { bed, platform } = at();
      const { api, owner } = platform.endpoints;
      const login = bed.start(['login', '--api', api, '--print'], { env: env() });
      const address = await until('the command prints an address', () => /(http\S+)\n/.exec(login.said())?.[1]);
      const redirect = new URL(address).searchParams.get('redirect_uri') ?? '';
      await fetch(await passSignInPages(address, redirect, owner.email, owner.password));
      await once(login, 'close');

      expect(await exec(['web', '--', 'sh', '-c', 'echo out; echo err >&2; exit 3'])).toEqual([3, 'out\n', 'err\n']);
      expect(await exec(['web', '--', 'cat'], 'piped\n')).toEqual([0, 'piped\n', '']);
      expect(await exec(['web'], 'pwd | wc -l')).toEqual([0, '1\n', '']);
      expect(await exec(['web', '--', 'nope', '-v'])).toEqual([127, '', 'There is no program nope in the image.\n']);
      expect(await exec(['web', '--json', '--', 'echo', 'out'])).toEqual([
        0,
        `${JSON.stringify({ end: 'exited', exitCode: 0, detail: null, stdout: 'out\n', stderr: '' }, undefined, 2)}\n`,
        '',
      ]);
      expect(await exec(['web', '--replica', 'none', '--', 'true'])).toEqual([
        5,
        '',
        expect.stringMatching(/^Error: No replica none of web runs\. These do: rel-[a-z0-9-]+\.\n$/),
      ]);
    },
    ms,
  );

  atTerminal(
    'gets a terminal for the command, which receives every key, Ctrl-C too',
    async () => {
      const { bed, folder } = at();
      const asking =
        'printf "name: "; read name; echo "hello $name"; trap "echo caught; exit 9" INT; while :; do sleep 0.1; done';
      const running = bed.startAtTerminal(['exec', 'web', '--', 'sh', '-c', asking], { folder, env: env() });
      await type(running, 'name: ', 'ada\r');
      await type(running, 'hello ada', CTRL_C);
      expect(await shown(running)).toEqual({ code: 9, screen: 'name: ada\nhello ada\n^Ccaught\n' });
    },
    ms,
  );
}
