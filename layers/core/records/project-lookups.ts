import type { Lookup } from '../kernel/lookup.ts';
import { lookupOf } from '../kernel/lookup.ts';
import {
  EnvironmentEntity,
  type EnvironmentRecord,
  ProjectEntity,
  type ProjectRecord,
  ServiceEntity,
  type ServiceRecord,
} from './projects.ts';

export type { EnvironmentRecord, ProjectRecord, ServiceRecord } from './projects.ts';

export interface ProjectPath {
  readonly teamId: string;
  readonly projectId: string;
}

export const projectAt = ({ teamId, projectId }: ProjectPath): Lookup<ProjectRecord> =>
  lookupOf('such project', ProjectEntity.get({ teamId, id: projectId }), (item) => ProjectEntity.parse(item));

export const environmentAt = (path: ProjectPath & { readonly environmentId: string }): Lookup<EnvironmentRecord> => {
  const { teamId, projectId, environmentId: id } = path;
  return lookupOf('such environment', EnvironmentEntity.get({ teamId, projectId, id }), (item) =>
    EnvironmentEntity.parse(item),
  );
};

export const serviceAt = (path: ProjectPath & { readonly serviceId: string }): Lookup<ServiceRecord> => {
  const { teamId, projectId, serviceId: id } = path;
  return lookupOf('such service', ServiceEntity.get({ teamId, projectId, id }), (item) => ServiceEntity.parse(item));
};
