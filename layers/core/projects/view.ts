import type { Lifecycle } from '@gantry/contract/schemas/common.ts';
import type { Environment, Project } from '@gantry/contract/schemas/projects.ts';
import type { Service } from '@gantry/contract/schemas/services.ts';
import type { EnvironmentRecord, ProjectRecord, ServiceRecord } from '../records/projects.ts';
import { releaseSettings } from './settings.ts';

interface Deletable {
  readonly id: string;
  readonly deletingSince?: string | undefined;
}

/** A child counts as being deleted when its parent is. */
function statusOf(...lineage: readonly Deletable[]): Lifecycle {
  return lineage.some(({ deletingSince }) => deletingSince !== undefined) ? 'deleting' : 'active';
}

export function viewProject(record: ProjectRecord): Project {
  const { id, teamId, slug, name, createdAt, version } = record;
  return { id, teamId, slug, name, status: statusOf(record), createdAt, version };
}

export function viewEnvironment(record: EnvironmentRecord, project: Deletable): Environment {
  const { id, projectId, slug, name, branch = null, createdAt, version } = record;
  return { id, projectId, slug, name, branch, status: statusOf(record, project), createdAt, version };
}

export function viewService(record: ServiceRecord, project: Deletable): Service {
  const { id, projectId, slug, name, kind, source, rootFolder, build, runtime, health, scaling } = record;
  const { schedule = null, timezone = 'UTC', credential, createdAt, version } = record;
  return {
    id,
    projectId,
    slug,
    name,
    status: statusOf(record, project),
    kind,
    schedule,
    timezone: schedule === null ? null : timezone,
    source,
    credential: credential ? { origin: credential.origin, username: credential.username } : null,
    rootFolder,
    build,
    runtime,
    release: releaseSettings(record),
    health,
    scaling,
    createdAt,
    version,
  };
}
