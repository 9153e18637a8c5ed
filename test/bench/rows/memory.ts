import { setTimeout as sleep } from 'node:timers/promises';
import { eachLimited } from '@gantry/core/kernel/limited.ts';
import { answering, developer } from '../../journeys/developer.ts';
import { newService, type Platform, removeData, startPlatform } from '../../journeys/platform.ts';
import { processorMsOf } from '../../processor-time.mts';
import type { Figure, Topic } from '../figures.ts';
import { processesOf, residentMb } from '../processes.ts';

const APPS = 28;
const AT_A_TIME = 4;
/** A start's background work is over by then. */
const SETTLED_MS = 5_000;
/** One full period of the most frequent schedule. */
const IDLE_MS = 60_000;
/** Resident memory, in MB. */
const AIMS = { idle: 200, afterOne: 400, afterAll: 600 };
/** Of one core, in percent. */
const PROCESSOR_AIM = 1.5;

/** The memory and the processor use of an idle platform. */
export const memory: Topic = {
  name: 'memory',
  async measure() {
    const platform = await startPlatform();
    try {
      return await figuresOf(platform);
    } finally {
      await platform.stop();
      removeData(platform.dataDir);
    }
  },
};

async function figuresOf(platform: Platform): Promise<Figure[]> {
  const { pid = 0 } = platform.process;
  await sleep(SETTLED_MS);
  const own = processesOf(pid);
  const detail = `resident memory of the local cloud and its database engine (${own.length} processes), without apps`;
  const held = (name: string, aim: number): Figure => ({ name, value: residentMb(own), unit: 'MB', aim, detail });
  const before = processorMsOf(pid);
  await sleep(IDLE_MS);
  const percent = ((processorMsOf(pid) - before) / IDLE_MS) * 100;
  const figures: Figure[] = [
    { name: 'processor when idle', value: percent, unit: '% of a core', aim: PROCESSOR_AIM, detail: 'of a minute' },
    held('memory, idle', AIMS.idle),
  ];
  const client = await platform.client();
  const deploy = async (number: number) => {
    const target = await newService(client, `memory-${number}`, { timeoutSeconds: 60 });
    const { status, reason } = await developer(client).deploy(target, answering(`${number}`));
    if (status !== 'live') throw new Error(`app ${number} is ${status}: ${reason?.detail}`);
  };
  await deploy(1);
  figures.push(held('memory, after a deployment', AIMS.afterOne));
  await eachLimited(
    Array.from({ length: APPS - 1 }, (_, index) => index + 2),
    AT_A_TIME,
    deploy,
  );
  return [...figures, held(`memory, after ${APPS} apps`, AIMS.afterAll)];
}
