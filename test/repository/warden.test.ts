import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { until } from '../until.ts';

/** The running processes of a session: proc_pid_stat(5), fields `state` and `session`. */
function inSession(session: number): string[] {
  return readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const [state, , , id] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return state !== 'Z' && Number(id) === session;
    } catch {
      return false;
    }
  });
}

function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return !stat.slice(stat.lastIndexOf(')')).startsWith(') Z');
  } catch {
    return false;
  }
}

describe('a killed process', () => {
  it('takes the processes that it watches with it, with their sessions, and spares the released ones', async () => {
    const child = spawn(process.execPath, ['--no-warnings', join(import.meta.dirname, 'watching.ts')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const { leader, follower, free } = JSON.parse(line.toString()) as Record<'leader' | 'follower' | 'free', number>;
    try {
      await until('the session has both processes', () => inSession(leader).length === 2);
      child.kill('SIGKILL');
      await once(child, 'exit');
      await until('the session has ended', () => inSession(leader).length === 0);
      await until('the other process has ended', () => !isAlive(follower));
      expect(isAlive(free)).toBe(true);
    } finally {
      process.kill(free, 'SIGKILL');
    }
  });
});
