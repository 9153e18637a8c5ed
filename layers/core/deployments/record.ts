import { GantryError } from '@gantry/contract/errors.ts';
import { newId } from '@gantry/contract/ids.ts';
import type { DeploymentSource, NewDeployment } from '@gantry/contract/schemas/deployments.ts';
import type { Service } from '@gantry/contract/schemas/services.ts';
import { newTraceId } from '@gantry/contract/trace.ts';
import { currentTraceId } from '../kernel/request.ts';
import type { InstancePath } from '../records/deployment-lookups.ts';
import type { DeploymentRecord } from '../records/deployments.ts';

/** The source of a deployment, from the caller's `input`. Throws Invalid when the input does not fit the service's kind of source. */
export function sourceOf(
  { slug, source, repositoryId }: Pick<Service, 'slug' | 'source'> & { readonly repositoryId?: string },
  environment: { readonly branch?: string | undefined },
  { uploadId, commit }: NewDeployment,
): DeploymentSource {
  const refuse = (field: string, detail: string, message: string): never => {
    throw new GantryError('Invalid', detail, [{ field: `body.${field}`, message }]);
  };
  if (uploadId !== undefined && source.kind !== 'upload') {
    const from = source.kind === 'image' ? 'an image' : 'git';
    refuse('uploadId', `${slug} deploys from ${from}: run \`gantry deploy\`.`, 'is not taken');
  }
  if (commit !== undefined && source.kind !== 'github' && source.kind !== 'git')
    refuse('commit', `${slug} does not come from a repository, and has no commits.`, 'is not taken');
  const chosen = commit === undefined ? null : { id: commit, message: '', author: '' };
  switch (source.kind) {
    case 'upload':
      return {
        kind: 'upload',
        uploadId: uploadId ?? refuse('uploadId', `${slug} deploys from a folder: run \`gantry up\`.`, 'is missing'),
      };
    case 'github': {
      const { repository } = source;
      const branch = environment.branch ?? source.branch;
      return { kind: 'github', repository, ...(repositoryId && { repositoryId }), branch, commit: chosen };
    }
    case 'git':
      return { kind: 'git', url: source.url, branch: environment.branch ?? source.branch, commit: chosen };
    case 'image':
      return { kind: 'image', reference: source.reference };
  }
}

/** The parts of a web service's host name; undefined for services of other kinds. */
export function hostSlugs(
  service: Pick<Service, 'slug' | 'kind'>,
  environment: { readonly slug: string },
  project: { readonly slug: string },
): readonly [service: string, environment: string, project: string] | undefined {
  return service.kind === 'web' ? [service.slug, environment.slug, project.slug] : undefined;
}

/** A deployment as queued; the queue sets its generation. */
export function newRecord(
  { teamId, projectId, serviceId, environmentId }: InstancePath,
  source: DeploymentSource,
  origin: { readonly createdBy: string } | { readonly pushed: true } | Record<string, never> = {},
): Omit<DeploymentRecord, 'generation'> {
  const now = new Date().toISOString();
  return {
    teamId,
    projectId,
    serviceId,
    environmentId,
    source,
    ...origin,
    id: newId('deployment'),
    status: 'queued',
    run: 1,
    weight: 0,
    bakedSeconds: 0,
    steps: [],
    traceId: currentTraceId() ?? newTraceId(),
    createdAt: now,
    queuedAt: now,
    version: 1,
  };
}
