import { readdirSync, readFileSync } from 'node:fs';

/** A process that outlives a crash of ours is known again by its id and the time it started. */
export interface ProcessMark {
  readonly pid: number;
  /** The kernel's start time of the process, in clock ticks since boot. */
  readonly startedAt: string;
}

export function markProcess(pid: number): ProcessMark | undefined {
  const startedAt = startTime(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}

/** Kills a process group; one that is gone is no error. */
export function killGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/**
 * Kills what an earlier process of ours left of a build: the group of its shell, and every process whose environment
 * carries `variable` (it holds the build's uuid), which finds those that left the group.
 */
export function killOrphans(mark: ProcessMark | undefined, variable: string): void {
  if (mark !== undefined && startTime(mark.pid) === mark.startedAt) killGroup(mark.pid, 'SIGKILL');
  for (const pid of processes()) {
    if (environment(pid).includes(variable)) kill(pid);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function processes(): readonly number[] {
  return read(() => readdirSync('/proc'))
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid);
}

function environment(pid: number): readonly string[] {
  return read(() => readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0'));
}

/** Field 22 of `/proc/<pid>/stat`, counted after the name, which may hold spaces and brackets. */
function startTime(pid: number): string | undefined {
  const stat = read(() => [readFileSync(`/proc/${pid}/stat`, 'utf8')])[0];
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

/** What `/proc` says, or nothing: a process may go at any time, belong to another user, or the system have no `/proc`. */
function read(from: () => string[]): string[] {
  try {
    return from();
  } catch {
    return [];
  }
}
