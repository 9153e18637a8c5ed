import { request } from 'node:http';
import type { Platform } from '../journeys/platform.ts';
import { patience } from '../patience.ts';

/** The platform under attack. Everything is sent to 127.0.0.1. */
export interface Target {
  /** The three ports, by their listener. */
  readonly ports: Readonly<Record<Door, number>>;
  /** The id of the platform's process. */
  pid(): number;
  /** True once the platform has ended, or is about to. */
  ended(): boolean;
  /** Starts an ended platform again, on the same ports. Absent for a platform that the test does not own. */
  revive?(): Promise<void>;
}

export const doors = ['front', 'aws', 'kubernetes'] as const;
export type Door = (typeof doors)[number];

/** How long an attack lasts, and its seed. The same seed makes the same attack. */
export interface Bounds {
  readonly seed: number;
  readonly milliseconds: number;
  readonly runs: number;
}

/** A platform as a target; `platform` is called each time, because it may start again. */
export function targetOf(platform: () => Platform, revive?: () => Promise<void>): Target {
  const { api, aws, kubernetes } = platform().endpoints;
  const port = (address: string) => Number(new URL(address).port);
  return {
    ports: { front: port(api), aws: port(aws), kubernetes: port(kubernetes) },
    pid: () => platform().process.pid ?? 0,
    ended() {
      const { exitCode, signalCode } = platform().process;
      return exitCode !== null || signalCode !== null || platform().output().includes(LAST_WORDS);
    },
    ...(revive && { revive }),
  };
}

/** The platform's text when it ends itself. The process ends a while later. */
const LAST_WORDS = 'The local cloud stops after an error of its own';

/** A path of each port that answers without a signature, and the answer. */
const SIGNS_OF_LIFE: Readonly<Record<Door, readonly [path: string, status: number]>> = {
  front: ['/v1/health', 200],
  aws: ['/v2/', 401],
  kubernetes: ['/livez', 200],
};

/** Throws when the platform has ended, or one of its ports no longer answers. */
export async function requireAlive(target: Target): Promise<void> {
  if (target.ended()) throw new Error('the platform has ended');
  for (const door of doors) {
    const [path, status] = SIGNS_OF_LIFE[door];
    const answered = await statusOf(target.ports[door], path);
    if (answered !== status) throw new Error(`${door} answers ${answered} to ${path}, and not ${status}`);
  }
}

function statusOf(port: number, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const asking = request({ host: '127.0.0.1', port, path, agent: false, timeout: patience(10_000) }, (answer) => {
      answer.resume().once('close', () => resolve(answer.statusCode ?? 0));
    });
    asking.once('timeout', () => asking.destroy(new Error(`port ${port} did not answer ${path} in time`)));
    asking.once('error', reject).end();
  });
}
