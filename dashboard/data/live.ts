import { type Live, openLive, type Scope } from '@gantry/client/live.ts';
import { createState } from '@gantry/client/state.ts';
import { errorKinds, GantryError } from '@gantry/contract/errors.ts';
import { topics } from '@gantry/contract/topics.ts';
import { useEffect, useSyncExternalStore } from 'react';
import { queryClient } from './api.ts';
import { client } from './client.ts';
import { applyEvent } from './patches.ts';
import { onSignedOut } from './session.ts';

/** `connecting` for the first time, `connected`, `reconnecting` after it was lost, or `closed`: this person may not connect. */
type ConnectionState = 'connecting' | 'connected' | 'reconnecting' | 'closed';

/** The pause before the first connection is tried again, in milliseconds. */
const RETRY_MS = 2_000;

let state: ConnectionState = 'connecting';
let opened: Promise<Live> | undefined;
const listeners = new Set<() => void>();

function become(next: ConnectionState): void {
  if (state === next) return;
  state = next;
  for (const listener of listeners) listener();
}

/** The one live connection of this page, opened at its first use. */
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
      if (!(error instanceof GantryError) || !errorKinds[error.kind].retryable) {
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

/** How the live connection stands, as the page shows it. */
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

/** Takes in what happens in a scope: events patch what is shown, and after a pause everything that is shown is fetched again. */
async function follow(scope: Scope, topic: string): Promise<void> {
  const connection = await live();
  await connection.subscribe(scope, topic, {
    onFrame(frame) {
      if (frame.type !== 'event' || known.event(frame) === 'dropped') return;
      applyEvent(queryClient, frame);
    },
    onResume: () => void queryClient.invalidateQueries(),
  });
  // Whatever happened between the first reads and the subscription.
  await queryClient.invalidateQueries({ refetchType: 'active' });
}

/** Follows a team while the component is shown, or one project of it. */
export function useLive(teamId: string, projectId?: string): void {
  useEffect(() => {
    const topic = projectId === undefined ? topics.team(teamId) : topics.project(projectId);
    void follow({ teamId, ...(projectId !== undefined && { projectId }) }, topic).catch(() => undefined);
    return () =>
      void live()
        .then((connection) => connection.unsubscribe(topic))
        .catch(() => undefined);
  }, [teamId, projectId]);
}
