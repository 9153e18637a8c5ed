import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Database, startDatabase } from '../database.ts';

async function modules() {
  const [gateway, transacting, { SHARD }] = await Promise.all([
    import('@gantry/core/deployments/gateway.ts'),
    import('@gantry/core/kernel/transact.ts'),
    import('@gantry/core/records/deployments.ts'),
  ]);
  return { ...gateway, ...transacting, SHARD };
}

let database: Database;
let gantry: Awaited<ReturnType<typeof modules>>;

beforeAll(async () => {
  database = await startDatabase('gateway-test');
  Object.assign(process.env, {
    TABLE_NAME: 'gateway-test',
    AWS_REGION: 'xx-local-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL: database.endpoint,
    SERVICES_PER_GATEWAY: '3',
  });
  gantry = await modules();
});

afterAll(() => database.stop());

describe('the services behind one load balancer', () => {
  it('never exceed the limit, even when added at once, and a deleted service frees its place', async () => {
    const take = () => gantry.transact([gantry.takePlace()]);
    const tried = await Promise.allSettled(Array.from({ length: 5 }, take));
    expect(tried.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    await expect(take()).rejects.toMatchObject({ kind: 'QuotaExceeded', message: expect.stringContaining('3 web') });
    await gantry.transact([gantry.leavePlace(gantry.SHARD)]);
    await take();
    await expect(take()).rejects.toMatchObject({ kind: 'QuotaExceeded' });
  });
});
