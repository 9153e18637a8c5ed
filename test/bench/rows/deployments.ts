import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { type Figure, median, type Topic } from '../figures.ts';
import { type App, type Bed, type Deployed, newApp } from '../platform.ts';

const DEPLOYMENTS = 5;
const ROLLBACKS = 8;
/** The targets for the platform's share of an upload, relative to the app's own share: with warm functions and with cold functions. */
const SHARE_AIM = { warm: 0.8, cold: 2 };
/** The target for a rollback, as a multiple of the app's boot. */
const ROLLBACK_AIM = 4;
/** After this time the pods of a stopped release have drained and ended. */
const STOPPED_MS = 8_000;

/** Uploads of a small app, and rollbacks. */
export const deployments = (bed: Bed): Topic => ({
  name: 'deployments',
  async measure() {
    const app = await newApp(bed.client, 'bench-deployments');
    const first = await app.deploy('v0');
    const runs: Deployed[] = [];
    for (let run = 1; run <= DEPLOYMENTS; run += 1) runs.push(await app.deploy(`v${run}`));
    const rollbacks: { readonly ms: number; readonly bootMs: number }[] = [];
    for (let run = 0; run < ROLLBACKS; run += 1) {
      // Each rollback starts from the version that the previous one made live.
      rollbacks.push(await app.rollBack(`v${run % 2 === 0 ? DEPLOYMENTS - 1 : DEPLOYMENTS}`));
    }
    const bootMs = median(rollbacks.map((each) => each.bootMs));
    const [coldRollback = 0, ...warmRollbacks] = rollbacks.map(({ ms }) => ms);
    const cold = await rollBackCold(bed, app);
    const boots = (ms: number, boot: number) => ({ times: ms / boot, to: "the app's boot", aim: ROLLBACK_AIM });
    const of = (figure: (run: Deployed) => number) => median(runs.map(figure)) / 1000;
    const stepFigures = (value: (step: string) => number) =>
      Object.keys(first.steps).map(
        (step): Figure => ({ name: `  of that step ${step}`, value: value(step), unit: 's' }),
      );
    const detail = `median of ${DEPLOYMENTS}; from the request for an upload until the URL answers with the new version`;
    const own = "without the app's own install, build and boot";
    return [
      { name: 'upload to live, all of it', value: of((run) => run.totalMs), unit: 's', detail },
      { name: "  of that the app's own", value: of((run) => run.ownMs), unit: 's', detail: 'install, build, boot' },
      ...stepFigures((step) => of((run) => run.steps[step] ?? 0)),
      {
        name: 'upload to live, the platform',
        value: of(platformMs),
        unit: 's',
        ratio: { times: of(platformMs) / of((run) => run.ownMs), to: "the app's own", aim: SHARE_AIM.warm },
        detail: `${detail}, ${own}`,
      },
      {
        name: 'upload to live, the platform, all functions cold',
        value: platformMs(first) / 1000,
        unit: 's',
        ratio: { times: platformMs(first) / first.ownMs, to: "the app's own", aim: SHARE_AIM.cold },
        detail: `the first deployment after a start, ${own}`,
      },
      ...stepFigures((step) => (first.steps[step] ?? 0) / 1000),
      {
        name: 'rollback',
        value: median(warmRollbacks) / 1000,
        unit: 's',
        ratio: boots(median(warmRollbacks), bootMs),
        detail: `median of ${ROLLBACKS - 1}`,
      },
      {
        name: 'rollback, the first',
        value: coldRollback / 1000,
        unit: 's',
        ratio: { times: coldRollback / bootMs, to: "the app's boot" },
      },
      {
        name: 'rollback to a release that is scaled to zero',
        value: cold.ms / 1000,
        unit: 's',
        ratio: boots(cold.ms, cold.bootMs),
        detail: "the app's boot is part of it",
      },
    ];
  },
});

/** The reconciler first stops the release that is no longer kept warm; then this rolls back to it. */
async function rollBackCold({ client, endpoints }: Bed, app: App) {
  const { teamId, projectId, serviceId } = app.target;
  const warm = (warmMinutes: number) =>
    client('services.update', { params: { teamId, projectId, serviceId }, body: { release: { warmMinutes } } });
  await warm(0);
  await app.deploy('cold-1');
  await app.deploy('cold-2');
  const lambda = new LambdaClient({ ...endpoints, endpoint: endpoints.aws });
  const FunctionName = String(endpoints.outputs['gantry-local-upkeep']?.ReconcileFunction);
  const { FunctionError } = await lambda.send(new InvokeCommand({ FunctionName }));
  if (FunctionError !== undefined) throw new Error(`the reconciler ended with ${FunctionError}`);
  // Its pods stop in the background.
  await new Promise((resolve) => setTimeout(resolve, STOPPED_MS));
  return app.rollBack('cold-1');
}

const platformMs = ({ totalMs, ownMs }: Deployed) => totalMs - ownMs;
