import { database } from '@gantry/statemachines/database.ts';
import { deletion } from '@gantry/statemachines/delete.ts';
import { deploy } from '@gantry/statemachines/deploy.ts';

const machines = { deploy, delete: deletion, database };

/** The steps of a machine, from its table: the tasks of Step Functions. */
export function stepsOf(machine: keyof typeof machines): string[] {
  const tasks = ['step', 'integration', 'undo'];
  return Object.entries(machines[machine].states).flatMap(([name, { type }]) => (tasks.includes(type) ? [name] : []));
}

/** The writer of a step: the function of its name, or the build. */
export function writerOf(step: string): string {
  return step === 'Build' ? 'by build' : `-workflows-${step}`;
}
