import { privateAddresses } from '@gantry/cloud/environment.ts';
import { fieldError } from '@gantry/contract/field-names.ts';
import type { ServiceSource } from '@gantry/contract/schemas/source.ts';
import type { Caller } from '../access/caller.ts';
import { item } from '../kernel/entity.ts';
import type { Write } from '../kernel/write.ts';
import { RepositoryEntity } from '../records/github.ts';
import { connectRepository } from '../source/github/access.ts';

interface ServicePath {
  readonly teamId: string;
  readonly projectId: string;
  readonly serviceId: string;
}

/** The source fields of a service's record. */
export interface RecordedSource {
  readonly source: ServiceSource;
  readonly repositoryId?: string;
}

/** GitHub treats `Acme/Shop` and `acme/shop` as one. */
export const repositoryName = (repository: string) => repository.toLowerCase();

/**
 * A source as a service records it, and the further writes for it. Throws for a source that could not be deployed: Conflict for a GitHub repository
 * to which the caller has not proved access, Invalid for an address without TLS. Each fetch checks both again.
 */
export async function connectSource(
  caller: Caller,
  teamId: string,
  source: ServiceSource,
): Promise<RecordedSource & { readonly writes: readonly Write[] }> {
  if (source.kind === 'git' && !source.url.startsWith('https:') && !privateAddresses()) {
    const message = 'must begin with https://';
    throw fieldError('body.source.url', message);
  }
  if (source.kind !== 'github') return { source, writes: [] };
  const { repositoryId, fullName, writes } = await connectRepository(caller, teamId, source.repository);
  return { source: { ...source, repository: fullName }, repositoryId, writes };
}

/** The writes that index a service by its present repository, and no longer by the one before. */
export function repositoryWrites(path: ServicePath, before?: RecordedSource, now?: RecordedSource): Write[] {
  const [old, next] = [keyOf(before), keyOf(now)];
  if (old === next) return [];
  const { serviceId } = path;
  return [
    ...(old ? [{ item: item.remove(RepositoryEntity.delete({ repository: old, serviceId })) }] : []),
    ...(next ? [{ item: item.put(RepositoryEntity.put({ ...path, repository: next })) }] : []),
  ];
}

function keyOf(recorded: RecordedSource | undefined): string | undefined {
  if (recorded?.source.kind !== 'github') return undefined;
  return recorded.repositoryId ?? repositoryName(recorded.source.repository);
}

/** A deployment's source under the present name of its repository, if the service knows that name. */
export function currentName<T extends { readonly repository: string; readonly repositoryId?: string | undefined }>(
  brought: T,
  { source, repositoryId }: RecordedSource,
): T {
  const isSame = source.kind === 'github' && repositoryId !== undefined && repositoryId === brought.repositoryId;
  return isSame ? { ...brought, repository: source.repository } : brought;
}
