import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { closed, type Launched, launch } from '../../kernel/launcher.ts';
import { signalGroup } from '../../kernel/process-group.ts';
import type { Collection } from '../../kernel/store.ts';
import type { Command } from './environment.ts';

/** How a process ended; after a signal the exit code is 128 and its number, as in a container. */
export interface Exit {
  readonly exitCode: number;
  readonly signal?: number;
}

export interface RunningProcess {
  readonly pid: number;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Resolves once the process has ended and its output is read. */
  readonly exited: Promise<Exit>;
  /** Signals the whole process group. */
  signal(name: NodeJS.Signals): void;
}

/** Identifies a process for a later instance of the platform: its pid alone may belong to another by then. */
export interface ProcessRecord {
  readonly pid: number;
  /** Field 22 of /proc/<pid>/stat: clock ticks from boot to its start. */
  readonly startTime: string;
  readonly home: string;
}

const OUTPUT_AFTER_EXIT_MS = 250;

/** Starts a command in its own process group. Rejects when it cannot start. */
export async function startProcess({ file, args, cwd, env }: Command): Promise<RunningProcess> {
  mkdirSync(cwd, { recursive: true });
  const launched = await launch({ file, args, cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  preferOutOfMemory(launched.pid);
  return running(launched);
}

/** When a Linux machine runs out of memory, its kernel ends apps before the platform. */
export function preferOutOfMemory(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, '1000');
  } catch {
    // Other systems decide for themselves.
  }
}

function running({ pid, streams, ended }: Launched): RunningProcess {
  const signal = (name: NodeJS.Signals) => signalGroup(pid, name);
  const [, stdout = nothing(), stderr = nothing()] = streams.map((stream) => stream ?? undefined);
  const exited = ended.then(async ({ code, signal: name }): Promise<Exit> => {
    signal('SIGKILL');
    const over = new AbortController();
    await Promise.race([closed([stdout, stderr]), sleep(OUTPUT_AFTER_EXIT_MS, undefined, over).catch(() => undefined)]);
    over.abort();
    if (name === null) return { exitCode: code ?? 0 };
    const number = constants.signals[name];
    return { exitCode: 128 + number, signal: number };
  });
  return { pid, stdout, stderr, exited, signal };
}

function nothing(): Readable {
  return Readable.from([]);
}

interface ProcessStat {
  readonly session: number;
  readonly startTime: string;
}

function statOf(pid: number): ProcessStat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { session: Number(fields[3]), startTime: fields[19] ?? '' };
  } catch {
    return undefined;
  }
}

export function recordOf(pid: number, home: string): ProcessRecord {
  return { pid, startTime: statOf(pid)?.startTime ?? '', home };
}

/**
 * Ends the leftovers of an earlier run: the recorded process if pid and start time match, and the survivors of its session that have the container's
 * own HOME. Without /proc nothing can be identified, and nothing is ended.
 */
export function endLeftovers(records: Collection<ProcessRecord>): void {
  for (const [key, { pid, startTime, home }] of records.entries()) {
    if (startTime !== '' && statOf(pid)?.startTime === startTime) signalGroup(pid, 'SIGKILL');
    for (const member of sessionMembers(pid)) if (hasHome(member, home)) process.kill(member, 'SIGKILL');
    records.delete(key);
  }
}

function sessionMembers(session: number): number[] {
  try {
    const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
    return pids.filter((pid) => statOf(pid)?.session === session);
  } catch {
    return [];
  }
}

function hasHome(pid: number, home: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`HOME=${home}`);
  } catch {
    return false;
  }
}
