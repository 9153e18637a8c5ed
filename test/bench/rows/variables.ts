import type { Client } from '@gantry/client/client.ts';
import { SHARED } from '@gantry/contract/references.ts';
import type { SetQuery } from '@gantry/contract/schemas/variables.ts';
import type { Target } from '@gantry/local/example/deploy.ts';
import { newService } from '../../journeys/platform.ts';
import { databaseAccesses } from '../database.ts';
import type { Figure, Topic } from '../figures.ts';
import type { Bed } from '../platform.ts';

const TIMES = 10;
/**
 * The caller and their rights; then the environment's variable sets, its services, the objects that the path names with the project's set, and the
 * services' addresses.
 */
const REQUESTS = 6;

/** The database requests for resolving a service's variables, as each deployment does: their number does not depend on the number of variables. */
export const variables = (bed: Bed): Topic => ({
  name: 'variables',
  async measure() {
    const figures: Figure[] = [];
    for (const count of [2, 200]) {
      const target = await newService(bed.client, `bench-variables-${count}`);
      await referring(bed.client, target, count);
      const resolve = () => bed.client('variables.resolve', { params: target });
      const { variables: resolved } = await resolve();
      if (resolved[`V${count - 1}`] !== 'vv1') throw new Error('the references did not resolve');
      const began = performance.now();
      const value = await databaseAccesses(bed, TIMES, resolve);
      const name = `${count} variables with references`;
      figures.push(
        { name: `${name}, requests to DynamoDB`, value, unit: 'requests', aim: REQUESTS, detail: 'with sign-in' },
        { name, value: (performance.now() - began) / TIMES, unit: 'ms' },
      );
    }
    return figures;
  },
});

/** A service with variables that each refer to another service's variable, which refers to a shared one. */
async function referring(client: Client, target: Target, count: number): Promise<void> {
  const { teamId, projectId, environmentId, serviceId } = target;
  const params = { teamId, projectId };
  const set = async (query: SetQuery, values: readonly string[]) => {
    const named = Object.fromEntries(values.map((value, index) => [`V${index}`, { value }]));
    await client('variables.stage', { params, query, body: { set: named } });
    await client('variables.apply', { params, query });
  };
  const other = await client('services.create', { params, body: { slug: 'other' } });
  const all = Array.from({ length: count }, (_, index) => index);
  await set({ environmentId }, ['v0', 'v1']);
  await set(
    { environmentId, serviceId: other.id },
    all.map((index) => `v\${{${SHARED}.V${index % 2}}}`),
  );
  await set(
    { environmentId, serviceId },
    all.map((index) => `\${{other.V${index}}}`),
  );
}
