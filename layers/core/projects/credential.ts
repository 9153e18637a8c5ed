import { GantryError } from '@gantry/contract/errors.ts';
import type { Service } from '@gantry/contract/schemas/services.ts';
import type { SourceCredential } from '@gantry/contract/schemas/source.ts';
import { authorise } from '../access/authorise.ts';
import type { Caller } from '../access/caller.ts';
import { openValues, sealValues } from '../kernel/envelope.ts';
import { retryStale } from '../kernel/transact.ts';
import { requireActive } from '../records/project-guards.ts';
import { type ProjectPath, projectAt, serviceAt } from '../records/project-lookups.ts';
import type { ServiceRecord } from '../records/projects.ts';
import { commitChange } from './services.ts';
import { viewService } from './view.ts';

type ServicePath = ProjectPath & { readonly serviceId: string };
type Patch = Pick<ServiceRecord, 'credential'>;

/**
 * Keeps the credential of a service's git server, with a sealed token. It is bound to the present origin of the source, so a changed source cannot
 * send it to another server. Throws a Conflict for a source that is not git or does not use https.
 */
export function setCredential(caller: Caller, path: ServicePath, given: SourceCredential): Promise<Service> {
  return change(caller, path, async ({ slug, source }) => {
    if (source.kind !== 'git') {
      throw new GantryError('Conflict', `${slug} comes from ${source.kind}: only a git source has a credential.`);
    }
    const { origin } = new URL(source.url);
    const sealed = await sealValues({ token: given.token }, belonging(path));
    return { credential: { origin, username: given.username, sealed } };
  });
}

/** Deletes the credential of a service's git server; harmless without one. */
export function removeCredential(caller: Caller, path: ServicePath): Promise<Service> {
  return change(caller, path, async () => undefined);
}

/** The service's credential for the git server at `url`; undefined without one. */
export async function credentialFor(
  path: ServicePath,
  { credential }: Patch,
  url: string,
): Promise<{ readonly user: string; readonly token: string } | undefined> {
  if (credential === undefined || new URL(url).origin !== credential.origin) return undefined;
  const { token = '' } = await openValues(credential.sealed, belonging(path));
  return { user: credential.username, token };
}

function belonging({ teamId, projectId, serviceId }: ServicePath) {
  return { team: teamId, project: projectId, set: `credential#${serviceId}` };
}

function change(
  caller: Caller,
  path: ServicePath,
  patchOf: (service: ServiceRecord) => Promise<Patch | undefined>,
): Promise<Service> {
  return retryStale(async () => {
    const { found } = await authorise(caller, 'service.update', path, projectAt(path), serviceAt(path));
    const [project, service] = found;
    requireActive(project, service);
    const patch = await patchOf(service);
    if (patch === undefined && service.credential === undefined) return viewService(service, project);
    const removed = patch === undefined ? (['credential'] as const) : [];
    return commitChange(caller, 'service.updated', { project, service }, patch ?? {}, { removed });
  });
}
