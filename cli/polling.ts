import type { Following, Live } from '@gantry/client/live.ts';

/** How often is asked, in milliseconds. */
const EVERY_MS = 1_500;

/**
 * A live connection's stand-in for an API token, which cannot open one: it brings no frame, and says again and again that something may have
 * been missed, so that whoever follows fetches it.
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
