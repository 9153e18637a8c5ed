import { AwsError } from '../../../kernel/service.ts';
import { repositoryArn } from '../names.ts';

export interface InRepository {
  readonly repositoryName: string;
}
export interface Paged {
  readonly maxResults?: number;
  readonly nextToken?: string;
}

export const REGISTRY = { registryId: 'there is one account' };

/** The access that an operation on one repository needs. */
export function on(action: string) {
  return (input: InRepository) => [{ action: `ecr:${action}`, resource: repositoryArn(input.repositoryName) }];
}

/** A page of `all`, and the token of the next page if there is one. Throws `InvalidParameterException` for a token that is not ours. */
export function page<T>(all: readonly T[], { maxResults = 100, nextToken = '0' }: Paged) {
  const from = Number(nextToken);
  if (!Number.isInteger(from) || from < 0)
    throw new AwsError('InvalidParameterException', `Invalid nextToken '${nextToken}'`);
  const end = from + Math.min(maxResults, 1_000);
  return { items: all.slice(from, end), nextToken: end < all.length ? { nextToken: String(end) } : {} };
}
