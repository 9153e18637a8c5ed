import { createHash } from 'node:crypto';
import type { Iam, Principal } from '../../kernel/iam.ts';
import { REGION } from '../../kernel/kernel.ts';
import type { ClusterAuthenticator, ClusterUser } from '../../kernel/ports.ts';
import { AwsError } from '../../kernel/service.ts';
import { verifySignature } from '../../wire/signature.ts';

/** Who an IAM principal is inside the cluster. */
export interface AccessEntry {
  readonly principalArn: string;
  readonly username: string | undefined;
  readonly groups: readonly string[];
}

const PREFIX = 'k8s-aws-v1.';
const CLUSTER_HEADER = 'x-k8s-aws-id';
/** A token is believed this long at most before its signature is checked again. */
const CACHE_MS = 60_000;
const CACHE_SIZE = 1_000;
/** EKS refuses tokens whose presigned URL is older than this, whatever it says itself. */
const LONGEST_SECONDS = 900;

/**
 * EKS's webhook authenticator. A token is a presigned `GetCallerIdentity` whose signature covers the cluster's name; whoever
 * signed it is the caller, so it is verified here by the wire's own verification, for whichever host it was signed.
 * Source: https://github.com/kubernetes-sigs/aws-iam-authenticator, "API Authorization from Outside a Cluster".
 */
export function createAuthenticator(iam: Iam, entries: (cluster: string) => readonly AccessEntry[] | undefined): ClusterAuthenticator {
  const cache = new Map<string, { readonly user: ClusterUser | undefined; readonly until: number }>();

  return {
    async authenticate(token) {
      const key = createHash('sha256').update(token).digest('base64');
      const known = cache.get(key);
      if (known !== undefined && known.until > Date.now()) return known.user;
      const found = identify(iam, token, entries);
      cache.delete(key);
      if (found === undefined) return undefined;
      cache.set(key, { user: found.user, until: Math.min(found.expiresAt, Date.now() + CACHE_MS) });
      const oldest = cache.keys().next().value;
      if (cache.size > CACHE_SIZE && oldest !== undefined) cache.delete(oldest);
      return found.user;
    },
  };
}

function identify(
  iam: Iam,
  token: string,
  entries: (cluster: string) => readonly AccessEntry[] | undefined,
): { readonly user: ClusterUser; readonly expiresAt: number } | undefined {
  const url = presigned(token);
  if (url === undefined) return undefined;
  const seconds = Number(url.searchParams.get('X-Amz-Expires'));
  const signedHeaders = (url.searchParams.get('X-Amz-SignedHeaders') ?? '').split(';');
  if (seconds > LONGEST_SECONDS || !signedHeaders.includes(CLUSTER_HEADER)) return undefined;
  for (const cluster of clustersOf(entries)) {
    const headers = { host: url.host, [CLUSTER_HEADER]: cluster };
    const principal = signerOf(iam, { method: 'GET', url: `${url.pathname}${url.search}`, headers });
    const user = principal && userOf(principal, entries(cluster) ?? []);
    if (user !== undefined) return { user, expiresAt: signedAt(url) + seconds * 1000 };
  }
  return undefined;
}
