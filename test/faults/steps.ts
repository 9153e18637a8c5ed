import { deletion } from '@gantry/statemachines/delete.ts';
import { deploy } from '@gantry/statemachines/deploy.ts';

const machines = { deploy, delete: deletion };

/** The steps of a machine, from its table: what Step Functions runs as tasks. */
export function stepsOf(machine: keyof typeof machines): string[] {
  const tasks = ['step', 'integration', 'undo'];
  return Object.entries(machines[machine].states).flatMap(([name, { type }]) => (tasks.includes(type) ? [name] : []));
}

/** Whose writes a step's are: the function of its name, or the build. */
export function writerOf(step: string): string {
  return step === 'Build' ? 'by build' : `-workflows-${step}`;
}

/** Steps that only read in the scenarios here, and so have no write to be killed after; they are failed and repeated like the others. */
export const READING: readonly string[] = ['Check', 'RemoveDatabases'];

/** What writes for deployments beside the steps of the machines, by the end of its function's name. */
export const BESIDE: readonly string[] = ['-api-receive', '-source-Deliver', '-builds-Claim', '-upkeep-BuildEnded'];
