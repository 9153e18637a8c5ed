import type { Following, Live } from '@gantry/client/live.ts';

/** The pause between polls, in milliseconds. */
const EVERY_MS = 1_500;

/**
 * Replaces a live connection for an API token, which cannot open one. It brings no frame, and says regularly that something may have been missed, so
 * that its follower fetches.
 */
export function openPolling(): Live {
  const timers = new Map<string, NodeJS.Timeout>();
  const closed = Promise.withResolvers<void>();
  const unsubscribe = (topic: string) => {
    clearInterval(timers.get(topic));
    timers.delete(topic);
  };
  return {
    async subscribe(_scope, topic, following: Following | Following['onFrame']) {
      unsubscribe(topic);
      if (typeof following === 'function') return;
      timers.set(
        topic,
        setInterval(() => following.onResume?.(), EVERY_MS),
      );
    },
    unsubscribe,
    type: () => undefined,
    reconnect: () => undefined,
    closed: closed.promise,
    close() {
      for (const topic of [...timers.keys()]) unsubscribe(topic);
      closed.resolve();
    },
  };
}
