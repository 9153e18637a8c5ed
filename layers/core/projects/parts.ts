import type { ProjectPath } from '../records/project-lookups.ts';
import { EnvironmentEntity, type EnvironmentRecord, ServiceEntity, type ServiceRecord } from '../records/projects.ts';

/** Every service of a project, strongly consistent. Quotas bound their number. */
export async function servicesOf({ teamId, projectId }: ProjectPath): Promise<ServiceRecord[]> {
  const { data } = await ServiceEntity.query.primary({ teamId, projectId }).go({ pages: 'all', consistent: true });
  return data;
}

/** Every environment of a project, strongly consistent. Quotas bound their number. */
export async function environmentsOf({ teamId, projectId }: ProjectPath): Promise<EnvironmentRecord[]> {
  const { data } = await EnvironmentEntity.query.primary({ teamId, projectId }).go({ pages: 'all', consistent: true });
  return data;
}
