import { setTimeout as sleep } from 'node:timers/promises';
import { type Figure, quantile, type Topic } from '../figures.ts';
import { followTeam } from '../follower.ts';
import { settled } from '../meter.ts';
import type { Bed } from '../platform.ts';

const RUNS = 300;
const WARM_UP = 30;
const LATE_MS = 10_000;
/** The longest pause before a change: changes must not fall in step with the platform's timers. */
const PAUSE_MS = 30;

/** How soon a change reaches a client that follows the team. */
export const arrivals = (bed: Bed): Topic => ({
  name: 'arrivals',
  async measure() {
    const { client } = bed;
    const { id: teamId } = await client('teams.create', { body: { slug: 'bench-arrivals' } });
    const project = await client('projects.create', { params: { teamId }, body: { slug: 'arrivals' } });
    const params = { teamId, projectId: project.id };
    await settled(bed);
    const follower = await followTeam(bed, teamId);
    try {
      const sinceRequest: number[] = [];
      const sinceAnswer: number[] = [];
      for (let version = project.version + 1, run = -WARM_UP; run < RUNS; run += 1, version += 1) {
        await sleep(Math.random() * PAUSE_MS);
        const asked = performance.now();
        const [arrived, answered] = await Promise.all([
          follower.arrival([{ id: project.id, version }], LATE_MS),
          client('projects.update', { params, body: { name: `Version ${version}` } }).then(() => performance.now()),
        ]);
        if (run < 0) continue;
        sinceRequest.push(arrived - asked);
        sinceAnswer.push(arrived - answered);
      }
      return [
        ...figures(
          'commit to WebSocket',
          sinceAnswer,
          "from the PATCH's answer; below zero where the frame came first",
        ),
        ...figures('PATCH to WebSocket', sinceRequest, 'from the request'),
      ];
    } finally {
      follower.close();
    }
  },
});

function figures(name: string, values: readonly number[], from: string): Figure[] {
  const detail = `${RUNS} changes, one after the other, to the frame with the change's version; ${from}`;
  return [
    { name: `${name}, median`, value: quantile(values, 0.5), unit: 'ms', detail },
    { name: `${name}, p99`, value: quantile(values, 0.99), unit: 'ms', aim: 250, detail },
  ];
}
