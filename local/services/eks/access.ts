import { createHash } from 'node:crypto';
import { callerArn } from '../../iam/caller.ts';
import type { Iam, Principal } from '../../kernel/iam.ts';
import type { ClusterAuthenticator, ClusterUser } from '../../kernel/ports.ts';
import { AwsError } from '../../kernel/service.ts';
import { verifySignature } from '../../wire/signature.ts';

/** The cluster user of an IAM principal. */
export interface AccessEntry {
  readonly principalArn: string;
  readonly username: string | undefined;
  readonly groups: readonly string[];
}

/** The clusters of the template, each with its access entries by principal. */
export type Clusters = ReadonlyMap<string, ReadonlyMap<string, AccessEntry>>;

const PREFIX = 'k8s-aws-v1.';
const CLUSTER_HEADER = 'x-k8s-aws-id';
/** EKS accepts a token for 15 minutes after its signature, whatever the presigned request says. */
const TOKEN_MS = 15 * 60_000;
/** How long a token is trusted before its signature and its access entry are checked again. */
const CACHE_MS = 60_000;
const CACHE_SIZE = 1_000;

/**
 * EKS's webhook authenticator. A token is a presigned GetCallerIdentity whose signature covers the cluster's name, so its signer is the caller. The
 * wire's own verification identifies the signer, for any signed host. Source:
 * https://github.com/kubernetes-sigs/aws-iam-authenticator#api-authorization-from-outside-a-cluster
 */
export function createAuthenticator(iam: Iam, clusters: Clusters): ClusterAuthenticator {
  const cache = new Map<string, { readonly user: ClusterUser; readonly until: number }>();
  return {
    async authenticate(token) {
      const key = createHash('sha256').update(token).digest('base64');
      const known = cache.get(key);
      if (known !== undefined && known.until > Date.now()) return known.user;
      cache.delete(key);
      const url = presignedUrl(token);
      const signedAt = url === undefined ? undefined : signatureTime(url);
      if (url === undefined || signedAt === undefined || Date.now() > signedAt + TOKEN_MS) return undefined;
      for (const [cluster, entries] of clusters) {
        const principal = signer(iam, url, cluster, signedAt);
        if (principal?.kind !== 'role') continue;
        const entry = entries.get(principal.arn);
        if (entry === undefined) continue;
        const user = { username: usernameOf(entry, principal), groups: entry.groups };
        cache.set(key, { user, until: Math.min(signedAt + TOKEN_MS, Date.now() + CACHE_MS) });
        const oldest = cache.keys().next().value;
        if (cache.size > CACHE_SIZE && oldest !== undefined) cache.delete(oldest);
        return user;
      }
      return undefined;
    },
  };
}

/** The presigned request in a token, if it is only a GetCallerIdentity. */
function presignedUrl(token: string): URL | undefined {
  const text = token.startsWith(PREFIX) ? Buffer.from(token.slice(PREFIX.length), 'base64url').toString('utf8') : '';
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const signed = url?.searchParams.get('X-Amz-SignedHeaders')?.split(';') ?? [];
  const identity = url?.searchParams.get('Action') === 'GetCallerIdentity' && url.pathname === '/';
  return identity && signed.includes(CLUSTER_HEADER) ? url : undefined;
}

/** Milliseconds since 1970 of `X-Amz-Date`; undefined for a future or malformed date. */
function signatureTime(url: URL): number | undefined {
  const [, y, mo, d, h, mi, s] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(url.searchParams.get('X-Amz-Date') ?? '') ?? [];
  const time = Date.parse(`${y}-${mo}-${d}T${h}:${mi}:${s}Z`);
  return Number.isNaN(time) || time > Date.now() + TOKEN_MS ? undefined : time;
}

function signer(iam: Iam, url: URL, cluster: string, now: number): Principal | undefined {
  const headers = { host: url.host, [CLUSTER_HEADER]: cluster };
  try {
    const verified = verifySignature(iam, { method: 'GET', url: `${url.pathname}${url.search}`, headers }, { now });
    return verified.service === 'sts' ? verified.principal : undefined;
  } catch (error) {
    if (error instanceof AwsError) return undefined;
    throw error;
  }
}

/** Without its own name, an entry's user is the role's session, in EKS's form. */
function usernameOf(entry: AccessEntry, principal: Extract<Principal, { kind: 'role' }>): string {
  return (entry.username ?? callerArn(principal)).replaceAll('{{SessionName}}', principal.session);
}
