import { newService } from '../../journeys/platform.ts';
import { until } from '../../until.ts';
import { median, type Topic } from '../figures.ts';
import { type Bed, counted } from '../platform.ts';

const RUNS = 5;

/** From the request for a database to the moment at which an app could use it, and what AWS would bill for it besides the database itself. */
export const databases = (bed: Bed): Topic => ({
  name: 'databases',
  async measure() {
    const { teamId, projectId, environmentId } = await newService(bed.client, 'bench-databases');
    const params = { teamId, projectId, environmentId };
    const before = await bed.usage();
    const times: number[] = [];
    for (let run = 1; run <= RUNS; run += 1) {
      const began = performance.now();
      const body = { slug: `bench-${run}`, engine: 'postgres' } as const;
      const { id: databaseId } = await bed.client('databases.create', { params, body });
      await until('the database is ready', async () => {
        const { status } = await bed.client('databases.get', { params: { ...params, databaseId } });
        return status === 'ready';
      });
      times.push((performance.now() - began) / 1000);
    }
    const units = counted(before, await bed.usage());
    return [
      {
        name: 'PostgreSQL, time to ready',
        value: median(times),
        unit: 's',
        detail: `the median of ${RUNS}; on AWS some minutes`,
      },
      { name: 'transitions of a creation', value: (units['states.transitions'] ?? 0) / RUNS, unit: 'transitions' },
      { name: 'calls to RDS of a creation', value: (units['rds.requests'] ?? 0) / RUNS, unit: 'requests' },
    ];
  },
});
