import { deletion } from '@gantry/statemachines/delete.ts';
import { deploy } from '@gantry/statemachines/deploy.ts';

const machines = { deploy, delete: deletion };

/** The steps of a machine, from its table: the tasks of Step Functions. */
export function stepsOf(machine: keyof typeof machines): string[] {
  const tasks = ['step', 'integration', 'undo'];
  return Object.entries(machines[machine].states).flatMap(([name, { type }]) => (tasks.includes(type) ? [name] : []));
}

/** The writer of a step: the function of its name, or the build. */
export function writerOf(step: string): string {
  return step === 'Build' ? 'by build' : `-workflows-${step}`;
}

/** Steps that only read in these scenarios, and so have no write for a kill; they fail and repeat like the others. */
export const READING: readonly string[] = ['Check', 'RemoveDatabases'];

/** Writers for deployments beside the steps of machines, by the end of the function's name. */
export const BESIDE: readonly string[] = ['-api-receive', '-source-Deliver', '-builds-Claim', '-upkeep-BuildEnded'];
