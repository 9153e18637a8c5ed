import { execFileSync } from 'node:child_process';

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly kilobytes: number;
}

function processes(): Process[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,rss='], { encoding: 'utf8' }).trim().split('\n');
  return lines.map((line) => {
    const [pid = 0, parent = 0, kilobytes = 0] = line.trim().split(/\s+/).map(Number);
    return { pid, parent, kilobytes };
  });
}

/** A process and all its descendants. */
export function processesOf(root: number): readonly number[] {
  const all = processes();
  const found = [root];
  for (const pid of found) found.push(...all.filter(({ parent }) => parent === pid).map((child) => child.pid));
  return found;
}

/** The resident memory of all these processes, in megabytes. */
export function residentMb(pids: readonly number[]): number {
  const own = processes().filter(({ pid }) => pids.includes(pid));
  return own.reduce((sum, { kilobytes }) => sum + kilobytes, 0) / 1024;
}
