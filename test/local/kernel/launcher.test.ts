import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import { type Launched, launch } from '../../../local/kernel/launcher.ts';
import { until } from '../../until.ts';

const LAUNCHER = join(import.meta.dirname, '../../../local/kernel/launcher.ts');

/** A program that starts `sleep`, prints its process id, and waits. */
const PARENT = `
import { launch } from ${JSON.stringify(LAUNCHER)};
const { pid } = await launch({ file: 'sleep', args: ['600'], cwd: '/', env: { PATH: process.env.PATH }, stdio: ['ignore'] });
console.log(pid);
setInterval(() => undefined, 60_000);
`;

describe('a program started by the launcher', () => {
  it('reads its stdin, and its output and exit code arrive whole', async () => {
    const { streams, ended } = await shell('cat; seq 1 20000; echo wrong >&2; exit 3');
    const [stdin, stdout, stderr] = streams;
    stdin?.end('sent\n');
    const output = await textOf(stdout);
    expect([output.slice(0, 9), output.split('\n').length]).toEqual(['sent\n1\n2\n', 20_002]);
    expect(await textOf(stderr)).toBe('wrong\n');
    expect(await ended).toEqual({ code: 3, signal: null });
  });

  it('that ends by a signal is reported with the signal', async () => {
    const { pid, ended } = await shell('exec sleep 600');
    process.kill(-pid, 'SIGTERM');
    expect(await ended).toEqual({ code: null, signal: 'SIGTERM' });
  });

  it("that cannot start is reported with the system's reason", async () => {
    const started = launch({
      file: '/nowhere/program',
      args: [],
      cwd: '/',
      env: {},
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    await expect(started).rejects.toMatchObject({
      code: 'ENOENT',
      message: expect.stringContaining('/nowhere/program'),
    });
  });

  it('is killed and counts as killed when the launcher dies; the next program gets a new launcher', async () => {
    const { pid, ended } = await shell('exec sleep 600');
    process.kill(parentOf(pid), 'SIGKILL');
    expect(await ended).toEqual({ code: null, signal: 'SIGKILL' });
    await until('the process has ended', () => !existsSync(`/proc/${pid}`) || stateOf(pid) === 'Z');
    expect(await (await shell('exit 0')).ended).toEqual({ code: 0, signal: null });
  });

  it('ends with the process that started it, even if that one is killed', async () => {
    const parent = spawn(process.execPath, ['--input-type=module', '--eval', PARENT], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(String(line));
    expect(existsSync(`/proc/${pid}`)).toBe(true);
    parent.kill('SIGKILL');
    await until('the process has ended', () => !existsSync(`/proc/${pid}`) || stateOf(pid) === 'Z');
  });
});

function textOf(stream: Readable | null | undefined): Promise<string> {
  return text(stream ?? Readable.from([]));
}

function shell(script: string): Promise<Launched> {
  const env = { PATH: process.env.PATH };
  return launch({ file: '/bin/sh', args: ['-c', script], cwd: '/', env, stdio: ['pipe', 'pipe', 'pipe'] });
}

/** Fields of /proc/<pid>/stat after the name of the program. */
function statOf(pid: number): readonly string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function parentOf(pid: number): number {
  return Number(statOf(pid)[1]);
}

function stateOf(pid: number): string | undefined {
  try {
    return statOf(pid)[0];
  } catch {
    return 'Z';
  }
}
