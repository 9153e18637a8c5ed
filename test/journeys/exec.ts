import { existsSync } from 'node:fs';
import { type Exec, openExec } from '@gantry/client/exec.ts';
import { openLive } from '@gantry/client/live.ts';
import { execLimits, type NewExec } from '@gantry/contract/schemas/exec.ts';
import type { Target } from '@gantry/local/example/deploy.ts';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { patience } from '../patience.ts';
import { answering, developer, running, until } from './developer.ts';
import { client } from './fixture.ts';
import { newService } from './platform.ts';

let target: Target;

interface Ran extends Exec {
  readonly said: (stream?: 'stdout' | 'stderr') => string;
}

/** Runs a command over a live connection of its own. */
async function start(request: NewExec, at = target): Promise<Ran> {
  const said = { stdout: '', stderr: '' };
  const onOutput = (stream: 'stdout' | 'stderr', bytes: Uint8Array) => {
    said[stream] += Buffer.from(bytes).toString();
  };
  const exec = await openExec({ connect: () => openLive(client), client, target: at, request, onOutput });
  void exec.result.then(exec.close, exec.close);
  return { ...exec, said: (stream = 'stdout') => said[stream] };
}

async function refused(request: NewExec, at = target) {
  return client('exec.create', { params: at, body: request }).then(
    () => 'not refused',
    (error: Error) => `${error.name}: ${error.message}`,
  );
}

describe('a command in a running service', () => {
  beforeAll(async () => {
    target = await newService(client, 'commands');
    await client('variables.set', {
      params: target,
      query: { serviceId: target.serviceId, environmentId: target.environmentId },
      body: { set: { GREETING: { value: 'hello' }, PASSWORD: { value: 'planted-sealed-1', sealed: true } } },
    });
  }, patience(60_000));

  it(
    'is refused in plain words for a service without a live release, and for a cron service',
    async () => {
      expect(await refused({ command: ['true'] })).toBe(
        'Conflict: Nothing of web is live in production yet: deploy it first.',
      );
      const body = { slug: 'night', kind: 'cron' as const, schedule: '0 3 * * *' };
      const { id } = await client('services.create', { params: target, body });
      const cron = { ...target, serviceId: id };
      await developer(client).deploy(cron, running(''));
      expect(await refused({ command: ['true'] }, cron)).toBe(
        'Conflict: night is a cron service: nothing of it runs between its runs. Run the command on your machine, with its variables.',
      );
    },
    patience(90_000),
  );

  it(
    "gets the app's variables and folder and my input, and returns stdout, stderr and the exit code",
    async () => {
      expect((await developer(client).deploy(target, answering('here'))).status).toBe('live');
      const ran = await start({ command: ['sh', '-c', 'echo $GREETING; ls; echo bad >&2; exit 3'] });
      expect(await ran.result).toEqual({ end: 'exited', exitCode: 3, detail: null });
      expect([ran.said(), ran.said('stderr')]).toEqual([expect.stringMatching(/^hello\n(.*\n)*index\.js\n/), 'bad\n']);
      const bytes = Buffer.alloc(100_000, 'abcdefg\n');
      const copied = await start({ command: ['cat'] });
      await copied.write(bytes);
      await copied.end();
      expect(await copied.result).toMatchObject({ exitCode: 0 });
      expect(copied.said()).toBe(bytes.toString());
    },
    patience(90_000),
  );

  it(
    'gets a terminal of my size when I have one, and is a shell when I name no command',
    async () => {
      const shell = await start({ terminal: { columns: 93, rows: 21 } });
      const type = (text: string) => shell.write(Buffer.from(text));
      await type('test -t 0 && echo at a $((1+1))nd terminal\n');
      await until('the second terminal has answered', () => shell.said().includes('at a 2nd terminal'));
      // A terminal is sized a moment after its program starts, here as in any cluster.
      const sized = (size: string) =>
        until(`a terminal of ${size}`, async () => {
          await type('stty size\n');
          return shell.said().includes(size);
        });
      await sized('21 93');
      await shell.resize({ columns: 71, rows: 11 });
      await sized('11 71');
      await type('exit 5\n');
      expect(await shell.result).toEqual({ end: 'exited', exitCode: 5, detail: null });
    },
    patience(60_000),
  );

  it(
    'is reported when the image lacks it, and runs in the replica that I name',
    async () => {
      expect(await (await start({ command: ['nope', '-v'] })).result).toEqual({
        end: 'not-started',
        exitCode: 127,
        detail: 'There is no program nope in the image.',
      });
      const here = await start({ command: ['hostname'] });
      expect(await refused({ command: ['true'], replica: 'rel-nothing' })).toBe(
        `NotFound: No replica rel-nothing of web runs. These do: ${here.session.replica}.`,
      );
      const named = await start({ command: ['sh', '-c', 'echo $HOSTNAME'], replica: here.session.replica });
      await named.result;
      expect(named.said()).toBe(`${here.session.replica}\n`);
    },
    patience(60_000),
  );

  it(
    'is in the audit log with user, place and command, and without sealed values',
    async () => {
      const ran = await start({ command: ['echo', '--password=planted-sealed-1', 'done'] });
      await ran.result;
      expect(ran.said()).toBe('--password=planted-sealed-1 done\n');
      const { id, replica, userId } = ran.session;
      const { items } = await client('audit.list', { params: { teamId: target.teamId }, query: { target: id } });
      expect(items.map(({ event, actor, detail }) => [event, actor, detail])).toEqual([
        ['exec.ended', 'exec', `${replica}: echo --password=*** done (exit code 0)`],
        ['exec.requested', userId, `${replica}: echo --password=*** done`],
      ]);
    },
    patience(60_000),
  );

  it(
    'ends with all its processes when I leave, and a sixth one at a time is refused',
    async () => {
      const all = await Promise.all(
        Array.from({ length: execLimits.sessionsPerService }, () =>
          start({ command: ['sh', '-c', 'sleep 600 & echo $!; wait'] }),
        ),
      );
      const pids = await Promise.all(
        all.map((each) =>
          until('the command has printed its process id', () => Number(each.said().trim()) || undefined),
        ),
      );
      expect(await refused({ command: ['true'] })).toBe(
        'QuotaExceeded: At most 5 commands run in a service at a time. End one of them first.',
      );
      for (const each of all) each.close();
      await until('all processes have ended', () => pids.every((pid) => !existsSync(`/proc/${pid}`)));
      await until(
        'a place for a session is free',
        async () => (await refused({ command: ['true'] })) === 'not refused',
      );
    },
    patience(90_000),
  );
});
