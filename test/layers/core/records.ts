import { newId } from '@gantry/contract/ids.ts';
import { newTraceId } from '@gantry/contract/trace.ts';
import { newSettings } from '@gantry/core/projects/settings.ts';

/** Where a service runs. */
interface Path {
  readonly teamId: string;
  readonly projectId: string;
  readonly serviceId: string;
  readonly environmentId: string;
}

/** Somebody who signed in. */
interface Person {
  readonly userId: string;
  readonly email: string;
  readonly subject: string;
}

export function newPath(): Path {
  return {
    teamId: newId('team'),
    projectId: newId('project'),
    serviceId: newId('service'),
    environmentId: newId('environment'),
  };
}

export function newPerson(): Person {
  return { userId: newId('user'), email: 'ada@example.com', subject: 'subject-1' };
}

/** Writes the records of a viewer and of the service at `path`. The environment must name the table by then. */
export async function writeTeam(
  { teamId, projectId, serviceId, environmentId }: Path,
  person: Person,
  slugs: { readonly project: string; readonly service: string },
): Promise<void> {
  const [identity, projects] = await Promise.all([
    import('@gantry/core/records/identity.ts'),
    import('@gantry/core/records/projects.ts'),
  ]);
  const createdAt = new Date().toISOString();
  const { userId, email, subject } = person;
  await identity.UserEntity.put({ subject, id: userId, email, createdAt, teams: 1 }).go();
  const common = { teamId, createdAt, version: 1 };
  const member = { userId, email, subject, role: 'viewer' as const, projectRoles: {} };
  await identity.MembershipEntity.put({ ...common, ...member }).go();
  const project = { id: projectId, slug: slugs.project, name: slugs.project, environments: 1, services: 1 };
  await projects.ProjectEntity.put({ ...common, ...project }).go();
  const environment = { projectId, id: environmentId, slug: 'production', name: 'production' };
  await projects.EnvironmentEntity.put({ ...common, ...environment }).go();
  const settings = newSettings({ slug: slugs.service });
  const service = { ...settings, projectId, id: serviceId, slug: slugs.service, kind: 'web' as const };
  await projects.ServiceEntity.put({ ...common, ...service }).go();
}

/** Writes a deployment that waits for its turn. */
export async function writeDeployment(path: Path, id: string, { userId }: Person): Promise<void> {
  const { DeploymentEntity } = await import('@gantry/core/records/deployments.ts');
  const createdAt = new Date().toISOString();
  await DeploymentEntity.put({
    ...path,
    id,
    generation: 1,
    run: 1,
    weight: 0,
    bakedSeconds: 0,
    source: { kind: 'upload', uploadId: newId('upload') },
    status: 'queued',
    steps: [],
    traceId: newTraceId(),
    createdBy: userId,
    createdAt,
    queuedAt: createdAt,
    version: 1,
  }).go();
}
