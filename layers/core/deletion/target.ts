import { idSchema } from '@gantry/contract/ids.ts';
import { TraceId } from '@gantry/contract/trace.ts';
import * as z from 'zod';
import { lookUp, optional } from '../kernel/lookup.ts';
import { environmentsOf, servicesOf } from '../projects/parts.ts';
import { type InstanceRecord, listInstances } from '../records/instances.ts';
import { environmentAt, serviceAt } from '../records/project-lookups.ts';
import type { EnvironmentRecord, ServiceRecord } from '../records/projects.ts';

/** The actor of changes by the delete machine. */
export const DELETE_ACTOR = 'delete';

const path = { teamId: idSchema('team'), projectId: idSchema('project'), traceId: TraceId.optional() };

/** The target of a deletion. */
export const Target = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('project'), ...path }),
  z.object({ kind: z.literal('environment'), ...path, environmentId: idSchema('environment') }),
  z.object({ kind: z.literal('service'), ...path, serviceId: idSchema('service') }),
]);
export type Target = z.infer<typeof Target>;

/** The input of every step of the machine `delete`: statemachines/delete.ts. */
export const StepInput = z.object({ target: Target });

/** The environments that are deleted with a target; none for a service. */
export async function environmentsIn(target: Target): Promise<EnvironmentRecord[]> {
  if (target.kind === 'project') return environmentsOf(target);
  if (target.kind === 'service') return [];
  const [environment] = await lookUp(optional(environmentAt(target)));
  return environment ? [environment] : [];
}

/** The services that are deleted with a target; none for an environment. */
export async function servicesIn(target: Target): Promise<ServiceRecord[]> {
  if (target.kind === 'project') return servicesOf(target);
  if (target.kind === 'environment') return [];
  const [service] = await lookUp(optional(serviceAt(target)));
  return service ? [service] : [];
}

/** Where the services of a target have been deployed. */
export async function instancesIn(target: Target): Promise<InstanceRecord[]> {
  const services = target.kind === 'environment' ? await servicesOf(target) : await servicesIn(target);
  const instances = (await Promise.all(services.map(({ id }) => listInstances(target.teamId, id)))).flat();
  return target.kind === 'environment'
    ? instances.filter(({ environmentId }) => environmentId === target.environmentId)
    : instances;
}
