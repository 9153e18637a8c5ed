import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { answering, developer, until } from '../journeys/developer.ts';
import { freePort, newDataDir, newService } from '../journeys/platform.ts';
import { type Bed, deploymentsOf, endAll, killed, plan, report, type Served, startBed, uploadApp } from './bed.ts';
import { named } from './ground.ts';
import { comeToRest, type Rest, serviceProblems } from './problems.ts';
import { orphansOf, processesOf } from './processes.ts';
import { atRest, scenarios } from './scenarios.ts';
import { stepsOf, writerOf } from './steps.ts';

const CLEAN = { problems: [], reconciled: [] };
const dataDir = newDataDir();
let port: number;
let bed: Bed;
let served: Served;

beforeAll(async () => {
  port = await freePort();
  bed = await startBed(dataDir, port);
}, 90_000);

afterAll(async () => {
  await bed?.platform.stop();
  endAll();
}, 30_000);

const rested = (rest: () => Promise<Rest>) =>
  comeToRest(bed, async (operator) => serviceProblems(bed, operator, served, await rest()));

describe('a deployment', () => {
  it('goes live when every one of its steps runs twice', async () => {
    const steps = stepsOf('deploy').filter((step) => step !== 'Build');
    const functions = steps.map((step) => ({ function: `workflows-${step}`, mode: 'repeat' as const }));
    await plan(bed, { functions });
    const ada = developer(bed.client);
    const target = await newService(bed.client, 'sampled', { timeoutSeconds: 20 });
    const one = await ada.deploy(target, answering('one'));
    expect(one).toMatchObject({ status: 'live', reason: null });
    served = { target, url: one.url ?? '', zero: one, one };
    expect(await rested(async () => atRest(served, one, 'one'))).toEqual(CLEAN);
    const { writes, befallen } = await report(bed);
    const befell = steps.filter((_, index) => (befallen[index] ?? 0) > 0);
    expect(befell).toEqual(['Prepare', 'Queue', 'Rollout', 'Verify', 'Shift', 'Finish']);
    expect(writes.filter((write) => write === 'create deployments by gantry-local-workflows-Rollout')).toHaveLength(1);
  }, 60_000);

  it.each(['Build', 'Finish'])(
    'ends cleanly when the platform dies after a write of step %s and starts again',
    async (step) => {
      const body = `written by ${step}`;
      const uploadId = await uploadApp(bed, served, answering(body));
      await plan(bed, { kill: { after: 2, named: writerOf(step) } });
      await bed.client('deployments.create', { params: served.target, body: { uploadId } });
      const writes = await killed(bed, 40_000);
      expect(writes?.at(-1)).toContain(writerOf(step));

      bed = await startBed(dataDir, port);
      const ended = await until('the execution has ended', async () => {
        const [newest] = await deploymentsOf(bed, served);
        return (
          newest !== undefined && newest.id !== served.one.id && (await named(scenarios, 'deploy').rest(bed, served))
        );
      });
      expect(ended.status).toBe('live');
      const [live] = await deploymentsOf(bed, served);
      if (live === undefined) throw new Error('the deployment is gone');
      const before = served;
      const rest = async () => atRest(before, (await deploymentsOf(bed, before))[0] ?? live, body);
      expect(await rested(rest)).toEqual(CLEAN);
      served = { ...served, zero: served.one, one: live };
    },
    60_000,
  );
});

describe('a process that a dead platform left behind', () => {
  it('is found by its folder', () => {
    const left = spawn('sleep', ['30'], { cwd: dataDir, stdio: 'ignore' });
    try {
      const orphans = orphansOf(processesOf(dataDir), bed.platform.process.pid ?? 0);
      expect(orphans.map(({ command }) => command)).toEqual(['sleep 30']);
    } finally {
      left.kill('SIGKILL');
    }
  });
});
