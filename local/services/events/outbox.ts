import type { Kernel } from '../../kernel/kernel.ts';
import type { EventPublisher, ServiceEvent } from '../../kernel/ports.ts';

/** Events that wait to be published, kept with the state that they report: each is published at least once, in order. */
export interface Outbox {
  /** Keeps an event, in the transaction of the state that it reports. */
  add(event: ServiceEvent): void;
  /** Publishes the waiting events. */
  flush(): void;
}

/** The outbox of one service: `<service>.outbox` in the store. */
export function createOutbox(kernel: Kernel, events: EventPublisher, service: string): Outbox {
  const waiting = kernel.store.collection<ServiceEvent>(`${service}.outbox`);
  let next = Number(waiting.entries().at(-1)?.[0] ?? 0);
  let busy = false;

  /** Events that are added meanwhile are sent too. A failing event stays first and is tried at the next flush. */
  async function publishAll(): Promise<void> {
    busy = true;
    try {
      for (let [entry] = waiting.entries(); entry !== undefined; [entry] = waiting.entries()) {
        await events.publish(entry[1]);
        waiting.delete(entry[0]);
      }
    } catch (error) {
      kernel.note(`an event of ${service} was not published: ${String(error)}`);
    } finally {
      busy = false;
    }
  }

  return {
    add(event) {
      next += 1;
      waiting.put(String(next).padStart(12, '0'), event);
    },
    flush() {
      if (!busy) void publishAll();
    },
  };
}
