import { newId } from '@gantry/contract/ids.ts';
import { quotas } from '@gantry/contract/quotas.ts';
import { item } from '@gantry/core/kernel/entity.ts';
import { eachLimited } from '@gantry/core/kernel/limited.ts';
import { EnvironmentEntity, ProjectCountEntity, ProjectEntity, SlugEntity } from '@gantry/core/records/projects.ts';
import { openDatabase, type TransactItem } from '../database.ts';
import { type Figure, interleaved, quantile, type Topic, timed } from '../figures.ts';
import { published, settled } from '../meter.ts';
import { type Bed, startBed } from '../platform.ts';

const OTHERS = 10_000;
const RUNS = 250;
const WARM_UP = 80;
/** The team's own projects, in both tables: less than a page. */
const OWN = 20;
/** Transactions at the same time. */
const WRITERS = 4;
/** The relay reads all earlier writes before it comes to the events of the team's own projects. */
const DRAINED_MS = 60_000;

/** Reads of a table with 10,000 projects of other teams against the same reads of a table with none. */
export const scale: Topic = {
  name: 'scale',
  async measure() {
    const [full, empty] = [await startBed(), await startBed()];
    try {
      const fillMs = await timed(() => fillWithOthers(full));
      const [inFull, inEmpty] = [await callsOf(full), await callsOf(empty)];
      return [
        { name: `writing ${OTHERS} projects`, value: fillMs / 1000, unit: 's', detail: WRITTEN },
        ...(await compared('GET project', inFull.get, inEmpty.get)),
        ...(await compared('GET projects', inFull.list, inEmpty.list)),
      ];
    } finally {
      await Promise.all([full.stop(), empty.stop()]);
    }
  },
};

const WRITTEN = `records of ${OTHERS / quotas.projectsPerTeam} teams, by the operator into the table: project, first environment, slugs, count`;

async function compared(
  name: string,
  inFull: () => Promise<unknown>,
  inEmpty: () => Promise<unknown>,
): Promise<Figure[]> {
  const [full, empty] = await interleaved(RUNS, WARM_UP, inFull, inEmpty);
  const detail = `${RUNS} of each, in turn, on two local clouds that run at the same time; ${WRITTEN}`;
  return ([0.5, 0.99] as const).map((q) => {
    const [value, base] = [quantile(full, q), quantile(empty, q)];
    const which = q === 0.5 ? 'median' : 'p99';
    const ratio = { times: value / base, to: 'an empty table' };
    return { name: `${name} beside ${OTHERS} others, ${which}`, value, unit: 'ms', ratio, detail };
  });
}

/** Makes the team's own projects through the API, and returns the compared reads once the platform is idle. */
async function callsOf(bed: Bed) {
  const { client, teamId } = bed;
  const before = (await settled(bed))['events.events'] ?? 0;
  const own = [];
  for (let number = 1; number <= OWN; number += 1) {
    own.push(await client('projects.create', { params: { teamId }, body: { slug: `bench-own-${number}` } }));
  }
  await published(bed, before + 2 * OWN, DRAINED_MS);
  await settled(bed);
  const projectId = own[OWN / 2]?.id ?? '';
  return {
    get: () => client('projects.get', { params: { teamId, projectId } }),
    async list() {
      const { items } = await client('projects.list', { params: { teamId } });
      if (items.length !== OWN) throw new Error(`the list has ${items.length} projects instead of ${OWN}`);
    },
  };
}

async function fillWithOthers(bed: Bed): Promise<void> {
  const database = await openDatabase(bed);
  const teams = Array.from({ length: OTHERS / quotas.projectsPerTeam }, () => newId('team'));
  await eachLimited(teams, WRITERS, (teamId) => database.fill(othersOf(teamId)));
}

/** A team's projects up to the quota, as core writes them, but without their events: the stream would bring those to all consumers. */
function othersOf(teamId: string): TransactItem[] {
  const created = { teamId, createdAt: new Date().toISOString(), version: 1 };
  const projects = Array.from({ length: quotas.projectsPerTeam }, (_, index) => {
    const slug = `other-${index}`;
    const project = { ...created, id: newId('project'), slug, name: slug, environments: 1, services: 0 };
    const place = { projectId: project.id, id: newId('environment'), slug: 'production' };
    const scope = `environment#${project.id}`;
    return [
      item.put(SlugEntity.create({ teamId, scope: 'project', slug, target: project.id })),
      item.put(ProjectEntity.create(project)),
      item.put(SlugEntity.create({ teamId, scope, slug: place.slug, target: place.id })),
      item.put(EnvironmentEntity.create({ ...created, ...place, name: place.slug })),
    ];
  });
  return [item.put(ProjectCountEntity.create({ teamId, projects: quotas.projectsPerTeam })), ...projects.flat()];
}
