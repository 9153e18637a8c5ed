import { type Following, type Live, openLive, type Scope } from '@gantry/client/live.ts';
import { createState } from '@gantry/client/state.ts';
import { isRetryable } from '@gantry/contract/errors.ts';
import { topics } from '@gantry/contract/topics.ts';
import { useEffect, useSyncExternalStore } from 'react';
import { queryClient } from './api.ts';
import { client } from './client.ts';
import { applyEvent } from './patches.ts';
import { onSignedOut } from './session.ts';

/**
 * - `connecting`: the first try
 * - `reconnecting`: each try after a lost connection
 * - `offline`: this device has no network
 * - `closed`: the user may not connect
 */
type ConnectionState = 'connecting' | 'connected' | 'reconnecting' | 'offline' | 'closed';

/** The pause before the next attempt to connect or to subscribe, in milliseconds. */
const RETRY_MS = 2_000;

let state: ConnectionState = navigator.onLine ? 'connecting' : 'offline';
let opened: Promise<Live> | undefined;
const listeners = new Set<() => void>();

function become(next: ConnectionState): void {
  if (state === next) return;
  state = next;
  for (const listener of listeners) listener();
}

// Without a network a connection stays open for minutes and loses frames: replace it.
addEventListener('offline', () => state !== 'closed' && become('offline'));
addEventListener('online', () => {
  if (state === 'offline') become('reconnecting');
  void opened?.then((connection) => connection.reconnect()).catch(() => undefined);
});

/** The page's one live connection. The first call opens it. */
export function live(): Promise<Live> {
  opened ??= open();
  return opened;
}

async function open(): Promise<Live> {
  for (;;) {
    try {
      const connection = await openLive(client, become);
      become('connected');
      return connection;
    } catch (error) {
      if (!isRetryable(error)) {
        become('closed');
        throw error;
      }
      become('reconnecting');
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

onSignedOut(() => {
  void opened?.then((connection) => connection.close()).catch(() => undefined);
  opened = undefined;
});

/** The state of the live connection. */
export function useConnection(): ConnectionState {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => state,
  );
}

const known = createState();

/** Applies events to the cached data. After a lost connection it reads all shown data again. */
const toShown = (): Following => ({
  onFrame(frame) {
    if (frame.type !== 'event' || known.event(frame) === 'dropped') return;
    applyEvent(queryClient, frame);
  },
  onResume: () => void queryClient.invalidateQueries(),
});

async function follow(scope: Scope, topic: string, following: Following): Promise<void> {
  await (await live()).subscribe(scope, topic, following);
  // Changes between the first reads and the subscription.
  await queryClient.invalidateQueries({ refetchType: 'active' });
}

/** Follows a team, or one of its projects, while the component is mounted. */
export function useLive(teamId: string, projectId?: string): void {
  useEffect(() => {
    const topic = projectId === undefined ? topics.team(teamId) : topics.project(projectId);
    const following = toShown();
    let again: ReturnType<typeof setTimeout> | undefined;
    let isOver = false;
    const begin = () =>
      void follow({ teamId, ...(projectId !== undefined && { projectId }) }, topic, following).catch((error) => {
        if (!isOver && isRetryable(error)) again = setTimeout(begin, RETRY_MS);
      });
    begin();
    return () => {
      isOver = true;
      clearTimeout(again);
      void live()
        .then((connection) => connection.unsubscribe(topic, following))
        .catch(() => undefined);
    };
  }, [teamId, projectId]);
}
