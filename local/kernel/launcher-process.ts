import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signalGroup } from './process-group.ts';

/** A message to this process: a program to start in its own process group. */
export interface LaunchOrder {
  readonly id: number;
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdio: readonly ('ignore' | 'pipe')[];
}

/** A message of this process. Streams come with their socket, all of them before the pid. Nothing follows `idle`. */
export type LauncherNews =
  | { readonly id: number; readonly stream: number }
  | { readonly id: number; readonly pid: number }
  | { readonly id: number; readonly failed: string; readonly code: string | undefined }
  | { readonly id: number; readonly code: number | null; readonly signal: NodeJS.Signals | null }
  | { readonly idle: true };

/** How long this process stays without a program to watch. */
const IDLE_MS = 5000;

const folder = mkdtempSync(join(tmpdir(), 'gantry-launcher-'));
const path = join(folder, 'socket');
/** The sockets are passed on, so nothing may be read from them here. */
const server = createServer({ pauseOnConnect: true }).listen(path);
const running = new Set<number>();
let turn: Promise<unknown> = once(server, 'listening');
let waiting = 0;
let idle: NodeJS.Timeout | undefined;

process.on('message', (order: LaunchOrder) => {
  clearTimeout(idle);
  waiting += 1;
  turn = turn.then(() => start(order)).finally(ended);
});
process.on('disconnect', () => {
  for (const pid of running) signalGroup(pid, 'SIGKILL');
  rmSync(folder, { recursive: true, force: true });
  process.exit();
});

async function start({ id, file, args, cwd, env, stdio }: LaunchOrder): Promise<void> {
  const pairs: ({ near: Socket; far: Socket } | undefined)[] = [];
  for (const kind of stdio) pairs.push(kind === 'pipe' ? await pair() : undefined);
  const child = spawn(file, args, { cwd, env, detached: true, stdio: pairs.map((each) => each?.near ?? 'ignore') });
  for (const each of pairs) each?.near.destroy();
  const { pid } = child;
  if (pid === undefined) {
    for (const each of pairs) each?.far.destroy();
    const [error] = (await once(child, 'error').catch((thrown: unknown) => [thrown])) as [NodeJS.ErrnoException];
    return tell({ id, failed: error.message, code: error.code });
  }
  waiting += 1;
  running.add(pid);
  child.once('exit', (code, signal) => {
    running.delete(pid);
    tell({ id, code, signal });
    ended();
  });
  pairs.forEach((each, stream) => {
    if (each !== undefined) tell({ id, stream }, each.far);
  });
  tell({ id, pid });
}

/** Two connected sockets: `near` becomes a stream of the program, and `far` is sent away unread. */
async function pair(): Promise<{ near: Socket; far: Socket }> {
  const near = connect(path).pause();
  const [[far]] = (await Promise.all([once(server, 'connection'), once(near, 'connect')])) as [[Socket], unknown];
  return { near, far };
}

function ended(): void {
  waiting -= 1;
  if (waiting > 0) return;
  clearTimeout(idle);
  idle = setTimeout(() => process.send?.({ idle: true }, () => process.disconnect()), IDLE_MS);
}

function tell(news: LauncherNews, socket?: Socket): void {
  if (process.connected) process.send?.(news, socket);
}
