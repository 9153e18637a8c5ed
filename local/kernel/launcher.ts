import { fork } from 'node:child_process';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { LauncherNews, LaunchOrder } from './launcher-process.ts';
import { signalGroup } from './process-group.ts';

/** A program to start in its own process group. A stream `ignore` is /dev/null. */
export type Launch = Omit<LaunchOrder, 'id'>;

/** How a process ended: its code, or the signal that ended it. */
interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Launched {
  readonly pid: number;
  /** This side of each stream of `stdio`; null for an ignored one. */
  readonly streams: readonly (Socket | null)[];
  /** Resolves once the process has ended. Its output may still arrive. */
  readonly ended: Promise<Ended>;
}

interface Asked {
  readonly order: LaunchOrder;
  readonly streams: (Socket | null)[];
  pid?: number;
  begun(pid: number): void;
  failed(error: Error): void;
  end(ended: Ended): void;
}

const PROGRAM = join(import.meta.dirname, 'launcher-process.ts');
/** The end of a process whose launcher is gone. */
const LOST: Ended = { code: null, signal: 'SIGKILL' };

let launcher: ((asked: Asked) => void) | undefined;
let last = 0;

/**
 * Starts a program through a small process. A fork blocks its process while the kernel copies the page table, and again for each page written next:
 * at 1.5 GB all requests would wait a quarter of a second. The small process also kills its programs when this process ends, however that happens.
 * Rejects with the error of `spawn` (`ENOENT`, `EACCES`).
 */
export function launch(what: Launch): Promise<Launched> {
  last += 1;
  const streams: (Socket | null)[] = what.stdio.map(() => null);
  const { promise: ended, resolve: end } = Promise.withResolvers<Ended>();
  const { promise: launched, resolve, reject } = Promise.withResolvers<Launched>();
  ask({
    order: { ...what, id: last },
    streams,
    begun: (pid) => resolve({ pid, streams, ended }),
    failed(error) {
      for (const stream of streams) stream?.destroy();
      reject(error);
    },
    end,
  });
  return launched;
}

/** Resolves once each stream is closed, and so read to its end. An empty stream closes by itself, maybe before anybody listens. */
export async function closed(streams: readonly (Readable | null)[]): Promise<void> {
  const open = streams.filter((stream) => stream !== null && !stream.closed);
  await Promise.all(open.map((stream) => new Promise((done) => stream?.once('close', done))));
}

function ask(asked: Asked): void {
  launcher ??= startLauncher();
  launcher(asked);
}

/** A launcher ends by itself without a program to watch; a late request goes to the next one. */
function startLauncher(): (asked: Asked) => void {
  const child = fork(PROGRAM, [], {
    cwd: '/',
    env: { TMPDIR: tmpdir() },
    execArgv: ['--disable-warning=ExperimentalWarning'],
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  child.unref();
  const open = new Map<number, Asked>();
  const take = (asked: Asked) => {
    open.set(asked.order.id, asked);
    child.channel?.ref();
    if (child.connected) child.send(asked.order, () => undefined);
  };
  let idle = false;
  child.on('message', (news: LauncherNews, socket) => {
    if ('idle' in news) idle = true;
    else hear(open, news, socket instanceof Socket ? socket : null);
    if (open.size === 0) child.channel?.unref();
    if (idle && launcher === take) launcher = undefined;
  });
  const over = (error: Error) => {
    if (launcher === take) launcher = undefined;
    for (const asked of open.values()) {
      if (asked.pid !== undefined) lose(asked.pid, asked);
      else if (idle) ask(asked);
      else asked.failed(error);
    }
    open.clear();
  };
  child.on('error', over);
  child.on('disconnect', () => over(new Error('The process that starts programs has ended.')));
  return take;
}

function hear(open: Map<number, Asked>, news: Exclude<LauncherNews, { idle: true }>, socket: Socket | null): void {
  const asked = open.get(news.id);
  if (asked === undefined) return;
  if ('stream' in news) asked.streams[news.stream] = socket;
  else if ('pid' in news) {
    asked.pid = news.pid;
    asked.begun(news.pid);
  } else {
    open.delete(news.id);
    if ('failed' in news) asked.failed(Object.assign(new Error(news.failed), { code: news.code }));
    else asked.end({ code: news.code, signal: news.signal });
  }
}

/** Nobody waits for this process any more, so its end would be missed. */
function lose(pid: number, { end }: Asked): void {
  signalGroup(pid, 'SIGKILL');
  end(LOST);
}
