import { execFileSync } from 'node:child_process';
import { newDataDir, removeData, startPlatform } from '../../journeys/platform.ts';
import { type Figure, median, type Topic } from '../figures.ts';
import { newApp } from '../platform.ts';

/** Starts with everything reused. */
const REUSES = 3;

/** `npm start -- --empty`, as its user meets it: how soon it is ready, and what it takes of the machine's memory. */
export const start: Topic = {
  name: 'start',
  async measure() {
    const dataDir = newDataDir();
    const first = await ready(dataDir);
    const again: number[] = [];
    for (let run = 0; run < REUSES; run += 1) again.push((await ready(dataDir)).ms);
    const memory = await memoryFigures(dataDir);
    removeData(dataDir);
    return [
      { name: 'ready, first start (with synthesis)', value: first.ms / 1000, unit: 's', aim: 5 },
      { name: 'ready, second start', value: median(again) / 1000, unit: 's', aim: 3, detail: `median of ${REUSES}` },
      ...memory,
    ];
  },
};

async function ready(dataDir: string): Promise<{ ms: number }> {
  const began = performance.now();
  const platform = await startPlatform({ dataDir });
  const ms = performance.now() - began;
  await platform.stop();
  return { ms };
}

async function memoryFigures(dataDir: string): Promise<Figure[]> {
  const platform = await startPlatform({ dataDir });
  try {
    const { pid = 0 } = platform.process;
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const own = processesOf(pid);
    const idle = residentMb(own);
    const app = await newApp(await platform.client(), 'memory');
    await app.deploy('one');
    const after = residentMb(own);
    const detail = `resident memory of the local cloud and its database engine (${own.length} processes), without apps`;
    return [
      { name: 'memory, idle', value: idle, unit: 'MB', detail },
      {
        name: 'memory, after a deployment',
        value: after,
        unit: 'MB',
        ratio: { times: after / idle, to: 'idle' },
        detail,
      },
    ];
  } finally {
    await platform.stop();
  }
}

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

/** A process and all that come from it. */
function processesOf(root: number): readonly number[] {
  const all = processes();
  const found = [root];
  for (const pid of found) found.push(...all.filter(({ parent }) => parent === pid).map((child) => child.pid));
  return found;
}

function residentMb(pids: readonly number[]): number {
  const own = processes().filter(({ pid }) => pids.includes(pid));
  return own.reduce((sum, { kilobytes }) => sum + kilobytes, 0) / 1024;
}
