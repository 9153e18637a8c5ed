import { GantryError } from '@gantry/contract/errors.ts';
import type { Action } from '@gantry/contract/roles.ts';
import { parseTopic } from '@gantry/contract/schemas/realtime.ts';
import { authorise, type Lookup } from '../access.ts';
import { deploymentAt, instanceAt } from '../deployments/lookups.ts';
import { item } from '../entity.ts';
import { transact } from '../transact.ts';
import { readConnection } from './connections.ts';
import { ConnectionEntity, SubscriptionEntity } from './store.ts';

/** How many topics one connection may follow. */
export const MAX_TOPICS = 50;

export interface Subscribing {
  readonly teamId: string;
  readonly topic: string;
}

/**
 * Lets a connection follow a topic that its user may read; a repeat is harmless. Throws NotFound where the topic's subject is not in the
 * team or the user is not, Forbidden where the role does not allow it, and QuotaExceeded past 50 topics.
 */
export async function subscribe(connectionId: string, { teamId, topic }: Subscribing): Promise<void> {
  const connection = await readConnection(connectionId);
  const { action, subject } = behind(teamId, topic);
  await authorise(connection, action, { teamId, projectOf: ([found]) => found.projectId }, subject);
  const follow = ConnectionEntity.update({ id: connectionId })
    .add({ topics: [topic] })
    .where(({ topics, ttl }, { exists, notExists, contains, size, value }) => {
      // `value` makes a placeholder of a number as `ttl` is one; every connection that is still there has a ttl.
      const most = value(ttl, MAX_TOPICS);
      return `${exists(ttl)} AND (${notExists(topics)} OR ${contains(topics, topic)} OR ${size(topics)} < ${most})`;
    });
  await transact([
    {
      item: item.update(follow),
      otherwise: new GantryError(
        'QuotaExceeded',
        `A connection can follow ${MAX_TOPICS} topics. Unsubscribe from one.`,
      ),
    },
    { item: item.put(SubscriptionEntity.put({ topic, connectionId, ttl: connection.ttl })) },
  ]);
}

/** Ends a subscription; harmless where there is none. */
export async function unsubscribe(connectionId: string, topic: string): Promise<void> {
  await SubscriptionEntity.delete({ topic, connectionId }).go();
  const { data } = await ConnectionEntity.get({ id: connectionId }).go({ consistent: true });
  if (!data?.topics?.includes(topic)) return;
  await ConnectionEntity.patch({ id: connectionId })
    .delete({ topics: [topic] })
    .go();
}

/** A topic's subject belongs to a project, which is not in the topic's name. */
interface InProject {
  readonly projectId: string;
}

/** What may be read by whom to follow a topic: its subject must be in the team that the client names. */
function behind(teamId: string, topic: string): { readonly action: Action; readonly subject: Lookup<InProject> } {
  const parsed = parseTopic(topic);
  switch (parsed.kind) {
    case 'deployment':
      return { action: 'deployment.read', subject: deploymentAt(teamId, parsed.deploymentId) };
    case 'build-logs':
      return { action: 'logs.read', subject: deploymentAt(teamId, parsed.deploymentId) };
    case 'app-logs':
      return { action: 'logs.read', subject: instanceAt({ teamId, ...parsed }) };
  }
}
