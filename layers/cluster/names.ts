import type { ObjectName } from '@gantry/cloud/kubernetes/types.ts';
import { toKubernetesName } from '@gantry/contract/ids.ts';

/** The field manager of Gantry's objects. */
export const FIELD_MANAGER = 'gantry';
/** The namespace of the platform's own objects. */
export const SYSTEM_NAMESPACE = 'gantry-system';
/** The Gateway of every app. */
export const GATEWAY = 'apps';
export const GENERATION = 'gantry.dev/generation';
/** The annotation with a hash of the spec behind an object. */
export const SPEC_HASH = 'gantry.dev/spec';
/** The label that selects only a release's own pods. */
export const RELEASE = 'gantry.dev/release';
export const TEAM = 'gantry.dev/team';
export const ENVIRONMENT = 'gantry.dev/environment';
export const SERVICE = 'gantry.dev/service';
/** The kind of a workload: `web`, `worker` or `cron`. */
export const KIND = 'gantry.dev/kind';
/** The label of a release command's pods, which must not count as pods of the release. */
export const JOB = 'gantry.dev/job';
/** The label of all pods of a release that use databases, its release command's included. */
export const DATA = 'gantry.dev/data';
/** The service account of every app: it has no rights, and no pod mounts its token. */
export const SERVICE_ACCOUNT = 'app';
/** The ConfigMap of an environment with the certificates of the authorities that sign databases' servers. */
export const AUTHORITIES = 'database-authorities';
/** The port of every release's Service. */
export const SERVICE_PORT = 80;

export interface EnvironmentIds {
  readonly teamId: string;
  readonly projectId: string;
  readonly environmentId: string;
}

export interface ServiceIds extends EnvironmentIds {
  readonly serviceId: string;
}

export function environmentLabels({ teamId, projectId, environmentId }: EnvironmentIds): Record<string, string> {
  return { [TEAM]: teamId, 'gantry.dev/project': projectId, [ENVIRONMENT]: environmentId };
}

export function serviceLabels(ids: ServiceIds): Record<string, string> {
  return { ...environmentLabels(ids), [SERVICE]: ids.serviceId };
}

/** The object of a release or a service in its environment's namespace. */
export function nameIn(environmentId: string, apiVersion: string, kind: string, id: string): ObjectName {
  return { apiVersion, kind, namespace: toKubernetesName(environmentId), name: toKubernetesName(id) };
}

/** The names of a release's further objects. */
export function releaseCommandName(releaseId: string): string {
  return `${toKubernetesName(releaseId)}-release`;
}
