import type { Principal } from '../kernel/iam.ts';
import type { LogWriter } from '../kernel/ports.ts';
import { CONFIG_MAPS, EVENTS } from './kinds/core.ts';
import { resourceOf } from './kinds/kind.ts';
import { createShipper } from './kubelet/shipper.ts';
import type { Objects } from './registry/objects.ts';

/** Replaces the platform's StatefulSet that ships the cluster's Events: the embedded cluster does this itself and does not run the image. */
const EVENT_SHIPPER = { namespace: 'gantry-system', name: 'event-shipper' } as const;

export interface EventShipperOptions {
  readonly objects: Objects;
  readonly logs: LogWriter;
  /** The principal that writes to the log service. */
  readonly principal: () => Principal;
  note(line: string): void;
}

/** Ships each Event as a line of JSON, into the group and stream of the applied configuration; nothing without one. */
export function createEventShipper({ objects, logs, principal, note }: EventShipperOptions) {
  const shipper = createShipper({ logs, group: () => configured(objects, 'log_group_name') ?? '', principal, note });
  let unsubscribe: () => void = () => undefined;
  return {
    start(): void {
      unsubscribe = objects.subscribe(({ resource, type, object }) => {
        if (resource !== resourceOf(EVENTS) || type === 'DELETED') return;
        const stream = configured(objects, 'log_stream_name');
        if (stream === undefined) return;
        shipper.ship(stream, { timestamp: Date.now(), message: JSON.stringify(object) });
      });
    },
    async stop(): Promise<void> {
      unsubscribe();
      await shipper.stop();
    },
  };
}

function configured(objects: Objects, setting: string): string | undefined {
  const config = objects.get(CONFIG_MAPS, EVENT_SHIPPER.namespace, EVENT_SHIPPER.name)?.data?.['fluent-bit.conf'] ?? '';
  return new RegExp(`^\\s*${setting}\\s+(\\S+)\\s*$`, 'm').exec(config)?.[1];
}
