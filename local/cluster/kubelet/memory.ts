import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { sessionsOfProcesses } from './sessions.ts';

/** Measures the memory of all containers at once, while there are any. */
export interface MemoryWatch {
  /** Calls `exceeded` once when a container's processes use more than `limit` bytes together; returns a function that ends the watch. */
  watch(pid: number, limit: number, exceeded: () => void): () => void;
}

/** Bytes by process group or session. */
type Usage = ReadonlyMap<number, number>;

interface Watched {
  readonly pid: number;
  readonly limit: number;
  readonly exceeded: () => void;
}

export const MEMORY_PERIOD_MS = 500;
const run = promisify(execFile);
const PS_LIMIT_MS = 5000;

/**
 * Without a cgroup nothing stops a container at its limit: its memory is sampled every `periodMs`, and fast growth exceeds the limit for a moment. On
 * Linux only memory without a file counts, as in a cgroup's working set; elsewhere `ps` counts all resident memory.
 */
export function createMemoryWatch(periodMs: number, measure = measureMemory): MemoryWatch {
  const watched = new Set<Watched>();
  let armed = false;

  const sample = async () => {
    const usage = await measure(new Set([...watched].map(({ pid }) => pid))).catch((): Usage => new Map());
    for (const each of watched) {
      if ((usage.get(each.pid) ?? 0) <= each.limit) continue;
      watched.delete(each);
      each.exceeded();
    }
    armed = false;
    arm();
  };
  const arm = () => {
    if (armed || watched.size === 0) return;
    armed = true;
    setTimeout(() => void sample(), periodMs).unref();
  };
  return {
    watch(pid, limit, exceeded) {
      const entry = { pid, limit, exceeded };
      watched.add(entry);
      arm();
      return () => watched.delete(entry);
    },
  };
}

/** The memory of each of these process groups, in bytes. */
export async function measureMemory(groups: ReadonlySet<number>): Promise<Usage> {
  const usage = new Map<number, number>();
  const add = (group: number, bytes: number) => usage.set(group, (usage.get(group) ?? 0) + bytes);
  if (process.platform === 'linux') {
    for (const [pid, session] of sessionsOfProcesses()) if (groups.has(session)) add(session, privateBytes(pid));
    return usage;
  }
  const { stdout } = await run('ps', ['-A', '-o', 'pgid=,rss='], { timeout: PS_LIMIT_MS });
  for (const line of stdout.split('\n')) {
    const [group = 0, kilobytes = 0] = line.trim().split(/\s+/).map(Number);
    if (groups.has(group)) add(group, kilobytes * 1024);
  }
  return usage;
}

/** A process's memory without a file behind it, from /proc/<pid>/status, in units of 1024 bytes. */
function privateBytes(pid: string): number {
  const counts = statusOf(pid).matchAll(/^Rss(?:Anon|Shmem):\s+(\d+) kB$/gm);
  return [...counts].reduce((sum, [, kilobytes]) => sum + Number(kilobytes) * 1024, 0);
}

/** Empty when the process has ended. */
function statusOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}
