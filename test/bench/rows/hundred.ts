import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { answering, developer } from '../../journeys/developer.ts';
import { type Platform, removeData, startPlatform } from '../../journeys/platform.ts';
import type { Figure, Topic } from '../figures.ts';

const SERVICES = 100;
const PER_PROJECT = 20;
const LIMIT_MS = 15 * 60_000;
/** The local cloud's memory limit then, in MiB. */
const MEMORY_AIM = 2_048;

/** A hundred services deployed at the same time, on their own platform. */
export const hundred: Topic = {
  name: 'hundred',
  async measure() {
    const platform = await startPlatform();
    try {
      return await deployAll(platform);
    } finally {
      await platform.stop();
      removeData(platform.dataDir);
    }
  },
};

async function deployAll(platform: Platform): Promise<readonly Figure[]> {
  const client = await platform.client();
  const ada = developer(client);
  const { teams } = await client('session.get', {});
  const teamId = teams[0]?.team.id ?? '';
  const targets = [];
  for (let project = 0; project < SERVICES / PER_PROJECT; project += 1) {
    const { id: projectId } = await client('projects.create', { params: { teamId }, body: { slug: `p-${project}` } });
    const params = { teamId, projectId };
    const { items } = await client('environments.list', { params });
    for (let number = 0; number < PER_PROJECT; number += 1) {
      const { id: serviceId } = await client('services.create', { params, body: { slug: `s-${number}` } });
      targets.push({ ...params, serviceId, environmentId: items[0]?.id ?? '' });
    }
  }
  const began = performance.now();
  const queued = await Promise.all(
    targets.map(async (target) => ({ target, deployment: await ada.queue(target, answering(target.serviceId)) })),
  );
  const waiting = new Map(queued.map((each) => [each.deployment.id, each]));
  let live = 0;
  while (waiting.size > 0 && performance.now() - began < LIMIT_MS) {
    for (const [id, { target }] of waiting) {
      const { status, reason } = await client('deployments.get', { params: { ...target, deploymentId: id } });
      if (['queued', 'building', 'deploying'].includes(status)) continue;
      waiting.delete(id);
      if (status === 'live') live += 1;
      else console.error(`${id} is ${status}: ${reason?.detail}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  const seconds = (performance.now() - began) / 1000;
  const detail = `${SERVICES} uploads queued at once, ${cpus().length} cores`;
  return [
    {
      name: `not live of ${SERVICES} services deployed at once`,
      value: SERVICES - live,
      unit: 'services',
      aim: 0,
      detail,
    },
    { name: 'until the last was live', value: seconds, unit: 's', detail },
    {
      name: 'memory of the local cloud then',
      value: residentMiB(platform.process.pid),
      unit: 'MiB',
      aim: MEMORY_AIM,
      detail,
    },
  ];
}

/** The resident memory of a process, from /proc on Linux; NaN elsewhere. */
function residentMiB(pid: number | undefined): number {
  try {
    const [, kib = ''] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kib) / 1024;
  } catch {
    return Number.NaN;
  }
}
