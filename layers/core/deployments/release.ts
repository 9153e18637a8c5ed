import type { ReleaseSpec } from '@gantry/cluster/spec.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { releaseIdOf } from '@gantry/contract/ids.ts';
import { databasesOfValues, type Filled, fillValues, replacedIn } from '../databases/values.ts';
import { item } from '../kernel/entity.ts';
import { lookUp, optional } from '../kernel/lookup.ts';
import { retryStale, transact } from '../kernel/transact.ts';
import { portOf, releaseSettings } from '../projects/settings.ts';
import { releaseAt } from '../records/deployment-lookups.ts';
import {
  type DeploymentRecord,
  type InstanceRecord,
  ReleaseEntity,
  type ReleaseRecord,
} from '../records/deployments.ts';
import { type ServiceRecord, serviceAt } from '../records/project-lookups.ts';
import { recordedVariables, releaseVariables, writeReleaseVariables } from '../variables/release.ts';
import { variablesOf } from '../variables/service.ts';
import type { DeploymentRef, Progress } from './progress.ts';

/** The release of a deployment: its own, or the one that a rollback returns to. A rollback to other databases makes its own of that one. */
export function releaseOf({ id, source }: Pick<DeploymentRecord, 'id' | 'source'>): string {
  return source.kind === 'release' && source.data === undefined ? source.releaseId : releaseIdOf(id);
}

/** The release of a deployment, which `recordRelease` has recorded. */
export async function releaseFor({ teamId }: DeploymentRef, { deployment }: Progress): Promise<ReleaseRecord> {
  const [release] = await lookUp(releaseAt(teamId, releaseOf(deployment)));
  return release;
}

/**
 * The release of a deployment, and the variables for its app. The first request after a build records the release: its
 * image, and the service's present settings and variables. A rollback to other databases records the earlier release
 * again. Throws Conflict when the variables do not resolve.
 */
export function recordRelease(ref: DeploymentRef, { deployment }: Progress): Promise<FullRelease> {
  return retryStale(async () => {
    const id = releaseOf(deployment);
    const [known] = await lookUp(optional(releaseAt(ref.teamId, id)));
    if (known) return { release: known, ...(await releaseVariables(ref, id)) };
    const { release, variables } = await made(ref, deployment, id);
    await transact([
      { item: item.put(ReleaseEntity.create(release)) },
      await writeReleaseVariables(ref, release.id, variables),
    ]);
    return { release, ...(await fillValues(ref, variables)) };
  });
}

/**
 * When a cron service runs: by its own schedule, otherwise by that of its source. Throws Invalid when there is none.
 */
function dueOf(
  { kind, slug, schedule, timezone }: ServiceRecord,
  report: DeploymentRecord['report'],
): Pick<ReleaseRecord, 'schedule' | 'timezone'> {
  if (kind !== 'cron') return {};
  const due = schedule === undefined ? report : { schedule, timezone };
  if (due?.schedule === undefined)
    throw new GantryError(
      'Invalid',
      `${slug} is a cron service without a schedule. Add "cron" to gantry.json, or set one with \`gantry service update --schedule "0 3 * * *"\`.`,
    );
  return { schedule: due.schedule, ...(due.timezone !== undefined && { timezone: due.timezone }) };
}

/** A new release with the variables of its app. Placeholders stand for the values of databases. */
async function made(ref: DeploymentRef, deployment: DeploymentRecord, id: string) {
  const { source } = deployment;
  if (source.kind === 'release') {
    const { liveAt: _, ...earlier } = (await lookUp(releaseAt(ref.teamId, source.releaseId)))[0];
    const variables = replacedIn(await recordedVariables(ref, source.releaseId), source.data ?? []);
    const release = { ...earlier, id, databases: databasesOfValues(variables), createdAt: new Date().toISOString() };
    return { release, variables };
  }
  const { variables } = await variablesOf(ref, 'run', { deploymentId: deployment.id, releaseId: id, source });
  const databases = databasesOfValues(variables);
  return { release: newRelease(ref, deployment, ...(await lookUp(serviceAt(ref))), databases), variables };
}

/** A release and the variables for its app. */
export interface FullRelease extends Filled {
  readonly release: ReleaseRecord;
}

function newRelease(
  { teamId, serviceId, environmentId }: DeploymentRef,
  deployment: DeploymentRecord,
  service: ServiceRecord,
  databases: readonly string[],
): ReleaseRecord {
  const { repositoryUri, imageDigest, report } = deployment;
  if (repositoryUri === undefined || imageDigest === undefined)
    throw new Error(`${deployment.id} has no image to release`);
  const { kind, runtime, health, scaling } = service;
  const settings = releaseSettings(service);
  const { schedule, timezone } = dueOf(service, report);
  // The service's settings override those from the source.
  const releaseCommand = settings.command ?? report?.releaseCommand;
  const rehearseSeconds = settings.rehearseSeconds ?? report?.rehearseSeconds;
  const healthPath = health.path ?? report?.healthPath;
  return {
    teamId,
    serviceId,
    environmentId,
    id: releaseOf(deployment),
    deploymentId: deployment.id,
    image: `${repositoryUri}@${imageDigest}`,
    kind,
    ...(kind === 'web' && { port: portOf(service, runtime.startCommand === null ? report?.port : undefined) }),
    ...(schedule !== undefined && { schedule }),
    ...(timezone !== undefined && { timezone }),
    ...(runtime.startCommand !== null && { startCommand: runtime.startCommand }),
    ...(releaseCommand !== undefined && { releaseCommand }),
    ...(rehearseSeconds !== undefined && { rehearseSeconds }),
    commandTimeoutSeconds: settings.commandTimeoutSeconds,
    size: scaling.size,
    minReplicas: scaling.minReplicas,
    maxReplicas: scaling.maxReplicas,
    weights: [...settings.weights],
    bakeSeconds: settings.bakeSeconds,
    warmMinutes: settings.warmMinutes,
    ...analysisOf(settings),
    ...(healthPath !== undefined && { healthPath }),
    healthTimeoutSeconds: health.timeoutSeconds,
    ...(report?.watchPaths && { watchPaths: [...report.watchPaths] }),
    ...(databases.length > 0 && { databases: [...databases] }),
    createdAt: new Date().toISOString(),
  };
}

/** A limit that is off is absent. */
function analysisOf({ maxErrorPercent, maxP95Ms, ...settings }: ServiceRecord['release']) {
  const { analysis, patienceMinutes, watchMinutes, whenUnclear } = settings;
  return {
    ...{ analysis, patienceMinutes, watchMinutes, whenUnclear },
    ...(maxErrorPercent !== null && { maxErrorPercent }),
    ...(maxP95Ms !== null && { maxP95Ms }),
  };
}

/** Until when a share that began at `shareAt` is watched at most, both in milliseconds since 1970. */
export function watchedUntil({ bakeSeconds, analysis, patienceMinutes = 0 }: ReleaseRecord, shareAt: number): number {
  return shareAt + (bakeSeconds + (analysis === true ? patienceMinutes * 60 : 0)) * 1000;
}

const NOTHING = { variables: {}, securityGroups: [] };

/** The request to the cluster; `generation` is the requester's. A caller that only watches a release needs no variables. */
export function specOf(
  release: ReleaseRecord,
  { projectId, host }: Pick<InstanceRecord, 'projectId' | 'host'>,
  generation: number,
  { variables, securityGroups }: Pick<Filled, 'variables' | 'securityGroups'> = NOTHING,
): ReleaseSpec {
  const { teamId, environmentId, serviceId } = release;
  return {
    teamId,
    projectId,
    environmentId,
    serviceId,
    releaseId: release.id,
    generation,
    image: release.image,
    kind: release.kind,
    port: release.port ?? null,
    ...(host !== undefined && { host }),
    ...(release.schedule !== undefined && { schedule: release.schedule }),
    ...(release.timezone !== undefined && { timezone: release.timezone }),
    ...(release.startCommand !== undefined && { startCommand: release.startCommand }),
    variables,
    securityGroups,
    health: { path: release.healthPath ?? null, timeoutSeconds: release.healthTimeoutSeconds },
    ...(release.releaseCommand !== undefined && {
      releaseCommand: release.releaseCommand,
      commandTimeoutSeconds: release.commandTimeoutSeconds,
    }),
    size: release.size,
    scaling: { minReplicas: release.minReplicas, maxReplicas: release.maxReplicas },
    replicas: release.minReplicas,
  };
}
