import { priceOf } from '../../../infra/cost/model.ts';
import { PRICES_OF } from '../../../infra/cost/prices.ts';
import type { Figure, Topic } from '../figures.ts';
import { settled } from '../meter.ts';
import { type Bed, counted, newApp } from '../platform.ts';
import { ages } from './logs.ts';

/** What AWS would bill for each operation, by the local cloud's meter. */
export const units = (bed: Bed): Topic => ({
  name: 'units',
  async measure() {
    const { client, teamId } = bed;
    let made = 0;
    const create = () => {
      made += 1;
      return client('projects.create', { params: { teamId }, body: { slug: `bench-units-${made}` } });
    };
    const { id: projectId } = await create();
    const app = await newApp(client, 'bench-units');
    await app.deploy('one');
    await app.deploy('two');
    let deployed = 2;
    return [
      ...(await billed(bed, 'GET project', 50, () => client('projects.get', { params: { teamId, projectId } }))),
      ...(await billed(bed, 'POST project', 10, create)),
      ...(await billed(bed, 'deployment of an upload', 2, () => {
        deployed += 1;
        return app.deploy(String(deployed));
      })),
      ...(await billed(bed, 'rollback', 1, () => app.rollBack(String(deployed - 1)))),
      ...(await billed(bed, '1,000 log lines to one subscriber', 1, () => ages(bed, app, 1_000, 1))),
    ];
  },
});

/** The most units that an operation may use, by the meter's names, and its price in US dollars. */
export interface Budget {
  readonly dollars: number;
  readonly units: Readonly<Record<string, number>>;
}

/** The units of one of `times` operations, one figure each, and their price. */
export async function billed(
  bed: Bed,
  name: string,
  times: number,
  operation: () => Promise<unknown>,
  budget?: Budget,
): Promise<Figure[]> {
  const before = await settled(bed);
  for (let run = 0; run < times; run += 1) await operation();
  const total = counted(before, await settled(bed));
  const each = Object.fromEntries(Object.entries(total).map(([unit, count]) => [unit, count / times]));
  return [
    {
      name: `price, ${name}`,
      value: priceOf(each) * 1_000_000,
      unit: 'USD a million',
      ...(budget && { aim: budget.dollars * 1_000_000 }),
      detail: PRICES_OF,
    },
    ...Object.entries(each).map(([unit, value]): Figure => {
      const aim = budget?.units[unit];
      return { name: `  ${unit}, ${name}`, value, unit, ...(aim !== undefined && { aim }) };
    }),
  ];
}
