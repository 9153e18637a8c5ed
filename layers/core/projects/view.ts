import type { Environment, Project, Service } from '@gantry/contract/schemas/projects.ts';
import type { EnvironmentRecord, ProjectRecord, ServiceRecord } from './store.ts';

export function viewProject({ id, teamId, slug, name, createdAt, version }: ProjectRecord): Project {
  return { id, teamId, slug, name, createdAt, version };
}

export function viewEnvironment({ id, projectId, slug, createdAt, version }: EnvironmentRecord): Environment {
  return { id, projectId, slug, createdAt, version };
}

export function viewService(record: ServiceRecord): Service {
  const { id, projectId, slug, kind, rootFolder, health, createdAt, version } = record;
  const { path = null, timeoutSeconds } = health;
  return { id, projectId, slug, kind, rootFolder, health: { path, timeoutSeconds }, createdAt, version };
}
