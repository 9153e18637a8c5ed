import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const Machine = z.object({
  States: z.record(z.string(), z.object({ Type: z.string(), Resource: z.string().optional() })),
});

/** The steps of a machine, from its definition: its Task states. */
export function stepsOf(machine: 'deploy' | 'delete'): string[] {
  const file = join(import.meta.dirname, `../../statemachines/${machine}/${machine}.asl.json`);
  const { States } = Machine.parse(JSON.parse(readFileSync(file, 'utf8')));
  return Object.entries(States).flatMap(([name, { Type }]) => (Type === 'Task' ? [name] : []));
}

/** Whose writes a step's are: the function of its name, or the build. */
export function writerOf(step: string): string {
  return step === 'Build' ? 'by build' : `-workflows-${step}`;
}

/** Steps that only read, and so have no write to be killed after; they are failed and repeated like the others. */
export const READING: readonly string[] = ['Check'];

/** What writes for deployments beside the steps of the machines, by the end of its function's name. */
export const BESIDE: readonly string[] = ['-api-receive', '-source-Deliver', '-builds-Claim', '-upkeep-BuildEnded'];
