import { readdirSync, readFileSync } from 'node:fs';

/** A process that outlives a crash of ours is recognised by its id and its start time. */
export interface ProcessMark {
  readonly pid: number;
  /** The kernel's start time of the process, in clock ticks since boot. */
  readonly startedAt: string;
}

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly startedAt: string;
}

/** The next round finds processes that forked during the kill. */
const ROUNDS = 20;

export function markProcess(pid: number): ProcessMark | undefined {
  const found = stat(pid);
  return found === undefined ? undefined : { pid, startedAt: found.startedAt };
}

/**
 * Kills a whole build: its shell's group, every process whose environment has `variable` (with the build's uuid), their descendants, and their
 * groups. This includes a program that starts others in their own groups and environments, as the builder does. Without `/proc` it kills only the
 * shell's group. A daemon that left group, environment and parent cannot be recognised, and stays.
 */
export function killBuild(shell: ProcessMark | undefined, variable: string): void {
  const groups = new Set<number>();
  if (shell !== undefined && stat(shell.pid)?.startedAt === shell.startedAt) groups.add(shell.pid);
  for (let round = 0; round < ROUNDS; round += 1) {
    const doomed = membersOf(groups, variable);
    for (const { pid, group } of doomed) {
      // A group is ours only if its leader belongs to the build: an operator's shell leads its own.
      if (doomed.some((each) => each.pid === group)) groups.add(group);
      kill(pid);
    }
    if (doomed.length === 0) return;
  }
}

/** Kills a process group; a missing one is no error. */
export function killGroup(pid: number): void {
  kill(-pid);
}

function membersOf(groups: ReadonlySet<number>, variable: string): readonly Process[] {
  const all = processes();
  const members = new Set(all.filter(({ pid, group }) => groups.has(group) || environment(pid).includes(variable)));
  for (let size = -1; size !== members.size; ) {
    size = members.size;
    const ids = new Set([...members].map(({ pid }) => pid));
    for (const each of all) if (ids.has(each.parent)) members.add(each);
  }
  return [...members];
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Every process of this machine except this one and ended ones that wait for their parent. */
function processes(): readonly Process[] {
  return read(() => readdirSync('/proc'))
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((name) => stat(Number(name)) ?? []);
}

function environment(pid: number): readonly string[] {
  return read(() => readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0'));
}

/** Fields of `/proc/<pid>/stat`, counted after the name, which may hold spaces and brackets: proc(5). */
function stat(pid: number): Process | undefined {
  const [text] = read(() => [readFileSync(`/proc/${pid}/stat`, 'utf8')]);
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ') ?? [];
  const [state = '', parent = '', group = ''] = fields;
  const ended = state === '' || state === 'Z' || state === 'X';
  return ended ? undefined : { pid, parent: Number(parent), group: Number(group), startedAt: fields[19] ?? '' };
}

/** Reads `/proc`; nothing for an ended process, one of another user, or a system without `/proc`. */
function read(from: () => string[]): string[] {
  try {
    return from();
  } catch {
    return [];
  }
}
