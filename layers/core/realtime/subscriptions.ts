import { GantryError } from '@gantry/contract/errors.ts';
import type { Action } from '@gantry/contract/roles.ts';
import { parseTopic } from '@gantry/contract/topics.ts';
import { authorise } from '../access/authorise.ts';
import { requireSession } from '../identity/operations.ts';
import { underAuthority } from '../kernel/authority.ts';
import { item } from '../kernel/entity.ts';
import type { Lookup } from '../kernel/lookup.ts';
import { transact } from '../kernel/transact.ts';
import type { Write } from '../kernel/write.ts';
import { deploymentAt } from '../records/deployment-lookups.ts';
import { ExecEntity, execAt } from '../records/exec.ts';
import { environmentAt, projectAt, serviceAt } from '../records/project-lookups.ts';
import {
  ConnectionEntity,
  type ConnectionRecord,
  FollowEntity,
  forgetSubscription,
  SubscriptionEntity,
} from '../records/realtime.ts';
import { readConnection } from './connections.ts';

/** The number of topics that one connection may follow. */
const MAX_TOPICS = 50;

export interface Subscribing {
  readonly teamId: string;
  readonly projectId?: string | undefined;
  readonly topic: string;
}

/**
 * Subscribes a connection to a topic that its user may read; a repeat is harmless. Throws NotFound when the topic's subject or the user is not in the
 * team, Unauthenticated when the user has signed out, Forbidden when the role does not allow it, Invalid when the topic needs a named project, and
 * QuotaExceeded past 50 topics.
 * It commits only while the ground of the user's right holds: a subscription written while its member is being removed would otherwise outlive the
 * removal.
 */
export function subscribe(connectionId: string, subscribing: Subscribing): Promise<void> {
  return underAuthority(() => follow(connectionId, subscribing));
}

async function follow(connectionId: string, { teamId, projectId, topic }: Subscribing): Promise<void> {
  const connection = await readConnection(connectionId);
  await requireSession(connection);
  const { action, ...place } = behind(teamId, projectId, topic);
  const { role } =
    'inProject' in place
      ? await authorise(connection, action, { teamId, projectOf: ([found]) => found.projectId }, place.inProject)
      : await authorise(connection, action, { teamId, projectId: place.projectId }, ...place.subjects);
  const { userId, ttl } = connection;
  const following = ConnectionEntity.update({ id: connectionId })
    .add({ topics: [topic] })
    .where(({ topics, ttl }, { exists, notExists, contains, size, value }) => {
      // `ttl` is a number: `value` makes it a placeholder. Every existing connection has a ttl.
      const most = value(ttl, MAX_TOPICS);
      return `${exists(ttl)} AND (${notExists(topics)} OR ${contains(topics, topic)} OR ${size(topics)} < ${most})`;
    });
  await transact([
    ...onlyFollower(teamId, connection, topic),
    {
      item: item.update(following),
      otherwise: new GantryError(
        'QuotaExceeded',
        `A connection can follow ${MAX_TOPICS} topics. Unsubscribe from one.`,
      ),
    },
    { item: item.put(SubscriptionEntity.put({ topic, connectionId, userId, teamId, role, ttl })) },
    { item: item.put(FollowEntity.put({ userId, teamId, connectionId, topic, ttl })) },
  ]);
}

/** A session has one terminal, that of the user who began it. A second one is refused, and so is the same one after its connection was lost. */
function onlyFollower(teamId: string, { id, userId }: ConnectionRecord, topic: string): Write[] {
  const parsed = parseTopic(topic);
  if (parsed.kind !== 'exec') return [];
  const { execId } = parsed;
  const write = ExecEntity.update({ teamId, id: execId })
    .set({ connectionId: id })
    .where(
      (held, { eq, exists, notExists }) =>
        `${exists(held.version)} AND ${eq(held.userId, userId)} AND ${notExists(held.end)} AND (${notExists(held.connectionId)} OR ${eq(held.connectionId, id)})`,
    );
  const otherwise = new GantryError('NotFound', `There is no session ${execId} of yours that waits for its terminal.`);
  return [{ item: item.update(write), otherwise }];
}

/** Ends a subscription; harmless without one. */
export async function unsubscribe(connectionId: string, topic: string): Promise<void> {
  await forgetSubscription(topic, connectionId);
  const { data } = await ConnectionEntity.get({ id: connectionId }).go({ consistent: true });
  if (!data?.topics?.includes(topic)) return;
  await ConnectionEntity.patch({ id: connectionId })
    .delete({ topics: [topic] })
    .go();
}

type Behind = { readonly action: Action } & (
  | { readonly projectId?: string; readonly subjects: readonly Lookup<unknown>[] }
  /** The record names the project whose role counts. */
  | { readonly inProject: Lookup<{ readonly projectId: string }> }
);

/** The action and the subjects of a topic. The subjects must be in the team that the client names. */
function behind(teamId: string, projectId: string | undefined, topic: string): Behind {
  const parsed = parseTopic(topic);
  switch (parsed.kind) {
    case 'team':
      if (parsed.teamId !== teamId) throw new GantryError('NotFound', `There is no ${topic} in this team.`);
      // Not `team.read`: this topic reports events of every project.
      return { action: 'team.follow', subjects: [] };
    case 'project':
      return { action: 'project.read', projectId: parsed.projectId, subjects: [projectAt({ teamId, ...parsed })] };
    case 'service': {
      const path = { teamId, projectId: named(projectId), serviceId: parsed.serviceId };
      return { action: 'service.read', projectId: path.projectId, subjects: [serviceAt(path)] };
    }
    case 'deployment':
      return { action: 'deployment.read', inProject: deploymentAt(teamId, parsed.deploymentId) };
    case 'build-logs':
      return { action: 'logs.read', inProject: deploymentAt(teamId, parsed.deploymentId) };
    case 'exec':
      return { action: 'service.exec', inProject: execAt(teamId, parsed.execId) };
    case 'app-logs': {
      const path = { teamId, projectId: named(projectId), ...parsed };
      return { action: 'logs.read', projectId: path.projectId, subjects: [serviceAt(path), environmentAt(path)] };
    }
  }
}

function named(projectId: string | undefined): string {
  if (projectId !== undefined) return projectId;
  throw new GantryError('Invalid', 'Name the project of this topic: the frame needs projectId.');
}
