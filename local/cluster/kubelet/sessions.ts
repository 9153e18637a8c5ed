import { readdirSync, readFileSync } from 'node:fs';

/** After this time, in milliseconds, sessions are read again: Linux reuses the ids of ended processes. */
const FRESH_MS = 2_000;

/** Sessions of the processes at the last look, by process id. */
let seen: ReadonlyMap<string, number> = new Map();
let seenAt = 0;

/**
 * The session of each process of this machine, by process id; empty without /proc. A process leaves its session only to lead its own, so one look at
 * it is enough: a machine has hundreds, and containers are examined twice a second.
 */
export function sessionsOfProcesses(): ReadonlyMap<string, number> {
  const known = performance.now() - seenAt < FRESH_MS ? seen : new Map<string, number>();
  const found = new Map<string, number>();
  for (const pid of processes()) {
    const session = known.get(pid) ?? sessionOf(pid);
    if (session !== undefined) found.set(pid, session);
  }
  [seen, seenAt] = [found, performance.now()];
  return found;
}

function processes(): string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

/** Field 6 of /proc/<pid>/stat: a container's first process leads a session of its own. */
function sessionOf(pid: string): number | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[3]);
  } catch {
    return undefined;
  }
}
