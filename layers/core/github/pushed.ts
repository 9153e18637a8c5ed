import { createHash } from 'node:crypto';
import { item } from '../kernel/entity.ts';
import { ttlAfter } from '../kernel/table.ts';
import type { Write } from '../kernel/write.ts';
import { PushEntity } from '../records/github.ts';
import type { Push } from './delivery.ts';

/** How long a push is remembered, in seconds: GitHub keeps deliveries for three days. */
export const KEPT_SECONDS = 7 * 24 * 3600;

interface InstanceKey {
  readonly teamId: string;
  readonly serviceId: string;
  readonly environmentId: string;
}

/**
 * The writes that record a push to a service in an environment, refused when another push is recorded at the same time; undefined for a known push.
 * GitHub delivers a push more than once, even under other ids, and somebody may push from a to b, back to a, and to b again. So a push that looks
 * like a known one is new when it starts at the commit where the newest push left the branch.
 */
export async function recordPush(
  { teamId, serviceId, environmentId }: InstanceKey,
  { repositoryId, branch, before, commit, pushedAt }: Push,
): Promise<((deploymentId: string) => Write[]) | undefined> {
  const path = { teamId, serviceId, environmentId };
  const key = { ...path, push: hashOf(repositoryId, branch, before, commit.id) };
  const newestKey = { ...path, push: hashOf(repositoryId, branch) };
  const [{ data: known }, { data: newest }] = await Promise.all([
    PushEntity.get(key).go({ consistent: true }),
    PushEntity.get(newestKey).go({ consistent: true }),
  ]);
  const isOlder =
    pushedAt !== undefined && newest?.pushedAt !== undefined && Date.parse(pushedAt) < Date.parse(newest.pushedAt);
  const follows = newest?.after === before && !isOlder;
  if (known !== null && !follows) return undefined;
  return (deploymentId) => {
    const record = { deploymentId, ttl: ttlAfter(KEPT_SECONDS) };
    const latest = PushEntity.put({ ...newestKey, ...record, after: commit.id, ...(pushedAt && { pushedAt }) });
    const unchanged = latest.where((recorded, { eq, notExists }) =>
      newest === null ? notExists(recorded.deploymentId) : eq(recorded.deploymentId, newest.deploymentId),
    );
    return [{ item: item.put(unchanged) }, { item: item.put(PushEntity.put({ ...key, ...record })) }];
  };
}

function hashOf(...parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\0')).digest('hex');
}
