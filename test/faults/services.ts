import { type Served, serve } from './bed.ts';
import { type Ground, named, type StepFault } from './ground.ts';
import { type Rest, serviceProblems } from './problems.ts';
import { scenarios } from './scenarios.ts';
import { stepsOf, writerOf } from './steps.ts';

/** Steps that only read in these scenarios, and so have no write for a kill; they fail and repeat like the others. */
const READING: readonly string[] = ['Check', 'RemoveDatabases'];

/** Writers for deployments besides the steps of machines, by the end of the function's name. */
const BESIDE: readonly string[] = ['-api-receive', '-source-Deliver', '-builds-Claim', '-upkeep-BuildEnded'];

/** CodeBuild runs this step, which no function's fault reaches; its builds are killed, and a failing one is `breakBuild`. */
export const BUILD = 'Build';

/** The scenarios of steps that a successful deployment of an upload does not reach. */
const REACHED_BY: Readonly<Record<string, string>> = {
  Fetch: 'deploy a commit',
  Rehearse: 'deploy with a rehearsal',
  Revert: 'deploy an app that exits',
};

const FAULTS = ['fails once', 'fails always', 'loses its answer once', 'runs twice'] as const;

/** Every fault of every step of both machines, except a deletion that keeps failing: a person requests that again. */
function stepFaults(): StepFault<Served, Rest>[] {
  const deploying = stepsOf('deploy')
    .filter((step) => step !== BUILD)
    .flatMap((step) =>
      FAULTS.map((fault) => {
        const fails = step === 'Revert' || fault === 'fails always';
        const scenario = named(scenarios, REACHED_BY[step] ?? 'deploy');
        return { step, fault, scenario, status: fails ? 'failed' : 'live' };
      }),
    );
  const deleting = stepsOf('delete').flatMap((step) =>
    FAULTS.filter((fault) => fault !== 'fails always').map((fault) => ({
      ...{ step, fault, status: 'deleted' },
      scenario: named(scenarios, 'delete the service'),
    })),
  );
  return [...deploying, ...deleting];
}

/** Deployments of a service, and its deletion. */
export const services: Ground<Served, Rest> = {
  name: 'services',
  scenarios,
  stepFaults: stepFaults(),
  functions: 'workflows',
  writers: [
    ...[...stepsOf('deploy'), ...stepsOf('delete')].filter((step) => !READING.includes(step)).map(writerOf),
    ...BESIDE,
  ],
  lay: serve,
  problems: serviceProblems,
};
