import { randomUUID } from 'node:crypto';
import { GantryError } from '@gantry/contract/errors.ts';
import type { FunctionFault } from '@gantry/local/kernel/faults.ts';
import { answering, until } from '../journeys/developer.ts';
import { type Bed, plan, report, uploadApp } from './bed.ts';
import { type End, type Ground, named, type Place, type StepFault } from './ground.ts';
import { comeToRest, type Rested } from './problems.ts';
import { BUILD, services } from './services.ts';

const FAULTS: Readonly<Record<StepFault<Place, End>['fault'], Pick<FunctionFault, 'mode' | 'times'>>> = {
  'fails once': { mode: 'fail', times: 1 },
  'fails always': { mode: 'fail' },
  'is refused': { mode: 'refuse' },
  'loses its answer once': { mode: 'crash', times: 1 },
  'runs twice': { mode: 'repeat' },
};

/** `Revert` retries for up to four minutes before it gives up. */
const END_MS = 360_000;

interface Prepared<P, E> {
  readonly fault: StepFault<P, E>;
  readonly place: P;
  readonly given: string;
}

export interface Ended extends Rested {
  readonly status: string;
}

/** Puts several faults on as many places at the same time; returns the end of each. */
export async function befall<P extends Place, E extends End>(
  bed: Bed,
  ground: Ground<P, E>,
  faults: readonly StepFault<P, E>[],
  batch: number,
): Promise<Ended[]> {
  const slugs = faults.map((_, index) => `batch-${batch}-${index}`);
  const prepared = await Promise.all(
    faults.map(async (fault, index) => {
      const place = await ground.lay(bed, slugs[index] ?? '');
      return { fault, place, given: await fault.scenario.before(bed, place) };
    }),
  );
  await plan(bed, {
    functions: prepared.map(({ fault, place }) => ({
      function: `${ground.functions}-${fault.step}`,
      ...FAULTS[fault.fault],
      containing: place.target.projectId,
    })),
  });
  const ended = await Promise.all(prepared.map((each) => play(bed, ground, each)));
  const { befallen } = await report(bed);
  await plan(bed, {});
  await Promise.all(prepared.map((each, index) => forget(bed, each.place, slugs[index] ?? '')));
  return ended.map((each, index) => ({
    ...each,
    problems: [...each.problems, ...(befallen[index] === 0 ? ['the fault did not befall any invocation'] : [])],
  }));
}

async function play<P extends Place, E extends End>(
  bed: Bed,
  ground: Ground<P, E>,
  { fault: { scenario, status }, place, given }: Prepared<P, E>,
): Promise<Ended> {
  await scenario.ask(bed, place, given, randomUUID());
  const ended = await until('the scenario has come to rest', () => scenario.rest(bed, place), END_MS);
  const { problems, reconciled } = await comeToRest(bed, async (operator) =>
    ground.problems(bed, operator, place, (await scenario.rest(bed, place)) ?? ended),
  );
  const other = ended.status === status ? [] : [`it should have ended ${status}`];
  return { status: ended.status, problems: [...other, ...problems], reconciled };
}

/**
 * Deletes the project, and waits for the end: a deletion waits two minutes for functions that it stopped, and nothing may run when the next batch is
 * examined.
 */
async function forget({ client }: Bed, { target: { teamId, projectId } }: Place, confirm: string): Promise<void> {
  const params = { teamId, projectId };
  await client('projects.delete', { params, query: { confirm } });
  const isGone = (error: unknown) => error instanceof GantryError && error.kind === 'NotFound';
  await until('the project is gone', () => client('projects.get', { params }).then(() => false, isGone), END_MS);
}

/** A failing build: the other fault of that step. */
export async function breakBuild(bed: Bed): Promise<Ended> {
  const place = await services.lay(bed, 'broken');
  const scripts = { start: 'node index.js', build: 'exit 3' };
  const files = { ...answering('two'), 'package.json': JSON.stringify({ name: 'broken', version: '1.0.0', scripts }) };
  const scenario = named(services.scenarios, 'deploy');
  const fault = { step: BUILD, fault: 'fails always', scenario, status: 'failed' } as const;
  return play(bed, services, { fault, place, given: await uploadApp(bed, place, files) });
}
