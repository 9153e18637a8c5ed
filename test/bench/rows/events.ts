import { newId } from '@gantry/contract/ids.ts';
import type { Project } from '@gantry/contract/schemas/projects.ts';
import { item } from '@gantry/core/kernel/entity.ts';
import { outboxWrites } from '@gantry/core/kernel/outbox/outbox.ts';
import { ProjectEntity } from '@gantry/core/records/projects.ts';
import { openDatabase, type TransactItem } from '../database.ts';
import { type Figure, type Topic, timed } from '../figures.ts';
import { followTeam } from '../follower.ts';
import { published, settled } from '../meter.ts';
import type { Bed } from '../platform.ts';

/** Each writer changes its own projects, one change of each in a transaction. */
const WRITERS = 4;
const PROJECTS = 20;
const CHANGES = 13;
const BURST = WRITERS * PROJECTS * CHANGES;
const LATE_MS = 60_000;

/** The throughput of events under overload, in events a second. All events must arrive. */
export const events = (bed: Bed): Topic => ({
  name: 'events',
  async measure() {
    const { id: teamId } = await bed.client('teams.create', { body: { slug: 'bench-events' } });
    const writers: Project[][] = [];
    for (let writer = 1; writer <= WRITERS; writer += 1) {
      writers.push(await newProjects(bed, teamId, `writer-${writer}`));
    }
    const follower = await followTeam(bed, teamId);
    try {
      const rounds = writers.map(roundsOf);
      const { transact } = await openDatabase(bed);
      const before = (await settled(bed))['events.events'] ?? 0;
      return figures(
        ...(await Promise.all([
          timed(async () => {
            await Promise.all(
              rounds.map(async (own) => {
                for (const round of own) await transact((await Promise.all(round.map(changed))).flat());
              }),
            );
          }),
          timed(() => published(bed, before + BURST, LATE_MS)),
          timed(() => follower.arrival(rounds.flat(2), LATE_MS)),
        ])),
      );
    } finally {
      follower.close();
    }
  },
});

async function newProjects(bed: Bed, teamId: string, prefix: string): Promise<Project[]> {
  const made: Project[] = [];
  for (let number = 1; number <= PROJECTS; number += 1) {
    made.push(await bed.client('projects.create', { params: { teamId }, body: { slug: `${prefix}-${number}` } }));
  }
  return made;
}

/** The changes of a writer: each round writes the next version of every project. */
function roundsOf(projects: readonly Project[]): Project[][] {
  return Array.from({ length: CHANGES }, (_, index) =>
    projects.map((project) => ({ ...project, name: `Burst ${index}`, version: project.version + 1 + index })),
  );
}

/** A change of a project with its event and audit row, as core commits them. */
async function changed(project: Project): Promise<TransactItem[]> {
  const { teamId, id, name, version } = project;
  const patch = ProjectEntity.patch({ teamId, id })
    .set({ name, version })
    .where((before, { eq }) => eq(before.version, version - 1));
  const change = { name: 'project.updated' as const, teamId, actor: newId('user'), aggregate: project, data: project };
  return [item.update(patch), ...(await outboxWrites(change))];
}

function figures(committedMs: number, onBusMs: number, arrivedMs: number): Figure[] {
  const detail = `${BURST} changes, ${PROJECTS} a transaction, ${WRITERS} transactions at a time, by the operator; from the first commit to the last of them, none lost`;
  const figure = (name: string, ms: number): Figure => ({
    name,
    value: BURST / (ms / 1000),
    unit: 'a second',
    ratio: { times: committedMs / ms, to: 'the commits' },
    detail,
  });
  return [
    { name: 'changes committed', value: BURST / (committedMs / 1000), unit: 'a second', detail },
    figure('events on the bus', onBusMs),
    figure('events at a WebSocket subscriber', arrivedMs),
  ];
}
