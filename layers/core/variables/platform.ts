import type { DeploymentSource } from '@gantry/contract/schemas/deployments.ts';
import type { Values } from '../kernel/envelope.ts';
import { urlOf } from '../kernel/host.ts';
import { portOf } from '../projects/settings.ts';
import type { EnvironmentRecord, ProjectRecord, ServiceRecord } from '../records/project-lookups.ts';

/** The platform's variables for every app in an environment. */
export function platformOfEnvironment(project: ProjectRecord, environment: EnvironmentRecord): Values {
  return {
    GANTRY_PROJECT: project.slug,
    GANTRY_PROJECT_ID: project.id,
    GANTRY_ENVIRONMENT: environment.slug,
    GANTRY_ENVIRONMENT_ID: environment.id,
  };
}

/** The platform's variables for one service and for references to it. Only the service itself gets those about the deployment. */
export function platformOfService(service: ServiceRecord, host: string | undefined): Values {
  return {
    ...platformOfDeployment({}),
    GANTRY_SERVICE: service.slug,
    GANTRY_SERVICE_ID: service.id,
    ...(service.kind === 'web' && { PORT: String(portOf(service)) }),
    ...(host !== undefined && { GANTRY_PUBLIC_DOMAIN: host, GANTRY_PUBLIC_URL: host && urlOf(host) }),
  };
}

/** Variables about the service's deployment. A name without a value is empty in references, and otherwise unset. */
export interface DeploymentFacts {
  readonly deploymentId?: string;
  readonly releaseId?: string;
  readonly source?: DeploymentSource;
}

export function platformOfDeployment({ deploymentId = '', releaseId = '', source }: DeploymentFacts): Values {
  const fromGit = source?.kind === 'github' || source?.kind === 'git' ? source : undefined;
  const repository = fromGit?.kind === 'github' ? fromGit.repository : fromGit?.url;
  return {
    GANTRY_DEPLOYMENT_ID: deploymentId,
    GANTRY_RELEASE_ID: releaseId,
    GANTRY_GIT_COMMIT_SHA: fromGit?.commit?.id ?? '',
    GANTRY_GIT_BRANCH: fromGit?.branch ?? '',
    GANTRY_GIT_REPOSITORY: repository ?? '',
  };
}
