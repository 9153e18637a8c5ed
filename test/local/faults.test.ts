import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, describe, expect, it } from '@jest/globals';
import { readPlan } from '../../local/faults.ts';
import { createFaults } from '../../local/kernel/faults.ts';
import type { Invocation } from '../../local/kernel/ports.ts';

const folder = mkdtempSync(join(tmpdir(), 'gantry-faults-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const NAME = 'gantry-local-workflows-Rollout1A2B3C4D-0123456789AB';
const role = { kind: 'role', arn: 'arn:aws:iam::000000000000:role/r', session: NAME } as const;
const read = (plan: unknown) => readPlan(Buffer.from(JSON.stringify(plan)));

function counted() {
  const runs = { count: 0 };
  const run = async (): Promise<Invocation> => {
    runs.count += 1;
    return { ok: true, payload: runs.count, logTail: '' };
  };
  return { runs, run };
}

describe('planned faults', () => {
  it('hit the named function, for events with the given text, as often as planned', async () => {
    const faults = createFaults(folder);
    const { runs, run } = counted();
    faults.plan({ functions: [{ function: 'Rollout', mode: 'fail', times: 1, containing: 'svc_1' }] });
    expect(await faults.invoke(NAME, { id: 'svc_2' }, run)).toMatchObject({ ok: true });
    expect(await faults.invoke('gantry-local-workflows-Verify1A2B3C4D-0123456789AB', 'svc_1', run)).toMatchObject({
      ok: true,
    });
    expect(await faults.invoke(NAME, { id: 'svc_1' }, run)).toMatchObject({ ok: false, errorType: 'Unavailable' });
    expect(runs.count).toBe(2);
    expect(await faults.invoke(NAME, { id: 'svc_1' }, run)).toMatchObject({ ok: true });
    expect(faults.report().befallen).toEqual([1]);
    faults.plan({ functions: [{ function: 'Rollout', mode: 'refuse' }] });
    expect(await faults.invoke(NAME, {}, run)).toMatchObject({ ok: false, errorType: 'Conflict' });
  });

  it('run a function twice, or lose the answer of a finished one', async () => {
    const faults = createFaults(folder);
    const { runs, run } = counted();
    faults.plan({ functions: [{ function: 'Rollout', mode: 'repeat', times: 1 }] });
    expect(await faults.invoke(NAME, {}, run)).toMatchObject({ payload: 2 });
    faults.plan({ functions: [{ function: 'Rollout', mode: 'crash' }] });
    await expect(faults.invoke(NAME, {}, run)).rejects.toMatchObject({ code: 'ServiceException', status: 500 });
    expect(runs.count).toBe(3);
  });

  it('hold the planned number of writes until the next plan, and release one whose client hung up', async () => {
    const faults = createFaults(folder);
    const gone = new PassThrough();
    const write = (operation: string, connection = new PassThrough(), request = `${Math.random()}`) =>
      faults.before(operation, role, connection, request);
    faults.plan({ hold: { named: 'PutItem', most: 2 } });
    const order: string[] = [];
    const held = write('PutItem').then(() => order.push('held'));
    const abandoned = expect(write('PutItem', gone, 'again')).rejects.toMatchObject({
      code: 'RequestAbortedException',
    });
    for (const free of ['GetItem', 'DeleteItem', 'PutItem']) await write(free);
    expect(faults.report().held).toBe(2);
    gone.destroy();
    await abandoned;
    expect([faults.report().held, order]).toEqual([2, []]);
    await write('PutItem');
    const repeated = write('PutItem', new PassThrough(), 'again');
    expect(faults.report().held).toBe(2);
    faults.plan({});
    await Promise.all([held, repeated]);
    expect(faults.report().held).toBe(0);
  });

  it("affect neither reads nor the operator's writes", () => {
    const faults = createFaults(folder);
    faults.wrote('PutItem', role);
    faults.wrote('GetItem', role);
    faults.wrote('list pods', 'arn:aws:sts::000000000000:assumed-role/r/x');
    faults.wrote('patch deployments', `arn:aws:sts::000000000000:assumed-role/r/${NAME}`);
    faults.wrote('PutItem', { kind: 'operator' });
    faults.wrote('delete pods', 'kubernetes-admin');
    expect(faults.report().writes).toEqual([
      'PutItem by gantry-local-workflows-Rollout',
      'patch deployments by gantry-local-workflows-Rollout',
    ]);
    faults.plan({});
    expect(faults.report().writes).toEqual([]);
  });

  it('of an unknown form are refused, naming the mistake', () => {
    expect(read({ kill: { after: 2, named: 'Rollout' } })).toMatchObject({ kill: { after: 2 } });
    expect(read([])).toContain('JSON object');
    expect(read({ kills: 1 })).toContain('kills');
    for (const kill of [{}, { after: 0 }, { after: 1, name: 'x' }, { after: 1, named: 2 }]) {
      expect(read({ kill })).toContain('kill:');
    }
    for (const fault of [
      { function: 'x' },
      { function: 'x', mode: 'slow' },
      { function: 'x', mode: 'fail', times: 0 },
    ]) {
      expect(read({ functions: [fault] })).toContain('functions:');
    }
    expect(readPlan(Buffer.from('{'))).toContain('JSON object');
  });
});
