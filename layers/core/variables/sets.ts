import { fieldError } from '@gantry/contract/field-names.ts';
import { SHARED } from '@gantry/contract/references.ts';
import type { SetQuery } from '@gantry/contract/schemas/variables.ts';
import { type Belonging, openValues, sealValues, type Values } from '../kernel/envelope.ts';
import { type Lookup, lookupOf, optional } from '../kernel/lookup.ts';
import {
  type EnvironmentRecord,
  environmentAt,
  type ProjectPath,
  type ProjectRecord,
  projectAt,
  type ServiceRecord,
  serviceAt,
} from '../records/project-lookups.ts';
import { SetEntity, type SetRecord, StagedEntity, type StagedRecord } from '../records/variables.ts';

/** The place of a set. */
export interface SetKey extends ProjectPath {
  /** `shared` for the set of all environments. */
  readonly environmentId: string;
  /** `shared` for the set of all services. */
  readonly serviceId: string;
}

/** The set that a query names. Throws Invalid for a service without an environment. */
export function setKey({ teamId, projectId }: ProjectPath, { environmentId, serviceId }: SetQuery): SetKey {
  if (serviceId !== undefined && environmentId === undefined) {
    const message = 'is missing: a service has its variables in an environment';
    throw fieldError('query.environmentId', message);
  }
  return { teamId, projectId, environmentId: environmentId ?? SHARED, serviceId: serviceId ?? SHARED };
}

/** The owner of a set as shown: null for a shared set. */
export function ownerOf({ projectId, environmentId, serviceId }: SetKey) {
  const shown = (id: string) => (id === SHARED ? null : id);
  return { projectId, environmentId: shown(environmentId), serviceId: shown(serviceId) };
}

export const setAt = ({ teamId, projectId, environmentId, serviceId }: SetKey): Lookup<SetRecord | undefined> =>
  optional(
    lookupOf('set', SetEntity.get({ teamId, projectId, environmentId, serviceId }), (item) => SetEntity.parse(item)),
  );

export const stagedAt = ({ teamId, projectId, environmentId, serviceId }: SetKey): Lookup<StagedRecord | undefined> =>
  optional(
    lookupOf('staged changes', StagedEntity.get({ teamId, projectId, environmentId, serviceId }), (item) =>
      StagedEntity.parse(item),
    ),
  );

type Owners = readonly [
  Lookup<ProjectRecord>,
  Lookup<EnvironmentRecord | undefined>,
  Lookup<ServiceRecord | undefined>,
];

/** The look-ups of a set's owners: its environment and service must exist. */
export function ownersOf(key: SetKey): Owners {
  return [
    projectAt(key),
    key.environmentId === SHARED ? optional(environmentAt(key)) : environmentAt(key),
    key.serviceId === SHARED ? optional(serviceAt(key)) : serviceAt(key),
  ];
}

/** The values of a set. */
export async function valuesOf(record: SetRecord | undefined): Promise<Values> {
  return record === undefined ? {} : openValues(record.values, belonging(record));
}

/** The staged values of a set. */
export async function stagedValues(record: StagedRecord | undefined): Promise<Values> {
  return record?.values === undefined ? {} : openValues(record.values, staged(record));
}

export function sealSet(key: SetKey, values: Values): Promise<string> {
  return sealValues(values, belonging(key));
}

export function sealStaged(key: SetKey, values: Values): Promise<string> {
  return sealValues(values, staged(key));
}

function belonging({ teamId, projectId, environmentId, serviceId }: SetKey): Belonging {
  return { team: teamId, project: projectId, set: `${environmentId}/${serviceId}` };
}

function staged(key: SetKey): Belonging {
  const { set, ...rest } = belonging(key);
  return { ...rest, set: `${set}/staged` };
}

/** Every set of an environment, strongly consistent: the shared ones and the services'. */
export async function setsOfEnvironment({ teamId, projectId, environmentId }: Omit<SetKey, 'serviceId'>) {
  const { data } = await SetEntity.query
    .primary({ teamId, projectId, environmentId })
    .go({ pages: 'all', consistent: true });
  return data;
}

/** Every set of a project, strongly consistent. */
export async function setsOfProject({ teamId, projectId }: ProjectPath): Promise<SetRecord[]> {
  const { data } = await SetEntity.query.primary({ teamId, projectId }).go({ pages: 'all', consistent: true });
  return data;
}
