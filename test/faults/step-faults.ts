import { randomUUID } from 'node:crypto';
import { GantryError } from '@gantry/contract/errors.ts';
import type { FunctionFault } from '@gantry/local/kernel/faults.ts';
import { answering, until } from '../journeys/developer.ts';
import { type Bed, plan, report, type Served, serve, uploadApp } from './bed.ts';
import { comeToRest, type Rested } from './problems.ts';
import { type Scenario, scenarioOf } from './scenarios.ts';
import { stepsOf } from './steps.ts';

/** A step with a fault, and the end that its scenario must still have. */
export interface StepFault {
  readonly step: string;
  readonly fault: 'fails once' | 'fails always' | 'loses its answer once' | 'runs twice';
  readonly scenario: Scenario;
  readonly status: string;
}

const FAULTS: Readonly<Record<StepFault['fault'], Pick<FunctionFault, 'mode' | 'times'>>> = {
  'fails once': { mode: 'fail', times: 1 },
  'fails always': { mode: 'fail' },
  'loses its answer once': { mode: 'crash', times: 1 },
  'runs twice': { mode: 'repeat' },
};

/** `Revert` retries for up to four minutes before it gives up. */
const END_MS = 360_000;

/** CodeBuild runs this step, which no function's fault reaches; its builds are killed, and a failing one is `broken`. */
const BUILD = 'Build';

/** The scenarios of steps that a successful deployment of an upload does not reach. */
const REACHED_BY: Readonly<Record<string, string>> = { Fetch: 'deploy a commit', Revert: 'deploy an app that exits' };

/** Every fault of every step of both machines, except a deletion that fails for good, which a person requests again. */
export function stepFaults(): StepFault[] {
  const kinds = Object.keys(FAULTS) as StepFault['fault'][];
  const deploying = stepsOf('deploy')
    .filter((step) => step !== BUILD)
    .flatMap((step) =>
      kinds.map((fault) => {
        const fails = step === 'Revert' || fault === 'fails always';
        const scenario = scenarioOf(REACHED_BY[step] ?? 'deploy');
        return { step, fault, scenario, status: fails ? 'failed' : 'live' };
      }),
    );
  const deleting = stepsOf('delete').flatMap((step) =>
    kinds
      .filter((fault) => fault !== 'fails always')
      .map((fault) => ({ step, fault, scenario: scenarioOf('delete the service'), status: 'deleted' })),
  );
  return [...deploying, ...deleting];
}

interface Prepared {
  readonly fault: StepFault;
  readonly served: Served;
  readonly given: string;
}

export interface Ended extends Rested {
  readonly status: string;
}

/** Puts several faults on as many services at the same time; returns the end of each. */
export async function befall(bed: Bed, faults: readonly StepFault[], batch: number): Promise<Ended[]> {
  const slugs = faults.map((_, index) => `batch-${batch}-${index}`);
  const prepared = await Promise.all(faults.map((fault, index) => prepare(bed, fault, slugs[index] ?? '')));
  await plan(bed, {
    functions: prepared.map(({ fault, served }) => ({
      function: `workflows-${fault.step}`,
      ...FAULTS[fault.fault],
      containing: served.target.serviceId,
    })),
  });
  const ended = await Promise.all(prepared.map((each) => play(bed, each)));
  const { befallen } = await report(bed);
  await Promise.all(prepared.map((each, index) => forget(bed, each, slugs[index] ?? '')));
  return ended.map((each, index) => ({
    ...each,
    problems: [...each.problems, ...(befallen[index] === 0 ? ['the fault did not befall any invocation'] : [])],
  }));
}

async function prepare(bed: Bed, fault: StepFault, slug: string): Promise<Prepared> {
  const served = await serve(bed, slug);
  return { fault, served, given: await fault.scenario.before(bed, served) };
}

async function play(bed: Bed, { fault: { scenario, status }, served, given }: Prepared): Promise<Ended> {
  await scenario.ask(bed, served, given, randomUUID());
  const ended = await until('the end', () => scenario.rest(bed, served), END_MS);
  const { problems, reconciled } = await comeToRest(
    bed,
    served,
    async () => (await scenario.rest(bed, served)) ?? ended,
  );
  const other = ended.status === status ? [] : [`it should have ended ${status}`];
  return { status: ended.status, problems: [...other, ...problems], reconciled };
}

/**
 * Deletes the service, and waits for the end: a deletion waits two minutes for stopped functions, and nothing may run when the next batch is
 * examined.
 */
async function forget({ client }: Bed, { served }: Prepared, confirm: string): Promise<void> {
  const { teamId, projectId } = served.target;
  const params = { teamId, projectId };
  await client('projects.delete', { params, query: { confirm } });
  const isGone = (error: unknown) => error instanceof GantryError && error.kind === 'NotFound';
  await until('the end of the project', () => client('projects.get', { params }).then(() => false, isGone), END_MS);
}

/** A failing build: the other fault of that step. */
export async function breakBuild(bed: Bed): Promise<Ended> {
  const served = await serve(bed, 'broken');
  const scripts = { start: 'node index.js', build: 'exit 3' };
  const files = { ...answering('two'), 'package.json': JSON.stringify({ name: 'broken', version: '1.0.0', scripts }) };
  const fault = { step: BUILD, fault: 'fails always', scenario: scenarioOf('deploy'), status: 'failed' } as const;
  return play(bed, { fault, served, given: await uploadApp(bed, served, files) });
}
