import { existsSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** The kernel's start time of a process, which distinguishes it from a later one with its id; empty when it is not running. */
function startTime(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? '' : (fields[19] ?? '');
  } catch {
    return '';
  }
}

/** The record that identifies a process later. */
export function markOf(pid: number): string {
  return `${pid} ${startTime(pid)}\n`;
}

/** Ends the process in a file if it is still the same one: by `signal`, and by SIGKILL after `patienceMs` milliseconds. Deletes the file. */
export async function endOrphan(pidFile: string, signal: NodeJS.Signals, patienceMs: number): Promise<void> {
  if (!existsSync(pidFile)) return;
  const [pid = '', started = ''] = readFileSync(pidFile, 'utf8').trim().split(' ');
  const isOurs = () => started !== '' && startTime(Number(pid)) === started;
  if (isOurs()) process.kill(Number(pid), signal);
  for (const end = Date.now() + patienceMs; isOurs() && Date.now() < end; ) await sleep(20);
  if (isOurs()) process.kill(Number(pid), 'SIGKILL');
  for (let waits = 0; waits < 100 && isOurs(); waits++) await sleep(20);
  rmSync(pidFile, { force: true });
}
