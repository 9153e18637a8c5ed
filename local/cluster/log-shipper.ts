import { CONFIG_MAPS } from './kinds/core.ts';
import type { Objects } from './registry/objects.ts';

/** The platform's DaemonSet that ships what apps print: the embedded node does its work instead of running its image. */
export const LOG_SHIPPER = { namespace: 'gantry-system', name: 'log-shipper' } as const;

/** The log group that the shipper's applied configuration names. Throws where the platform has not applied one. */
export function shippedLogGroup(objects: Objects): string {
  const config = objects.get(CONFIG_MAPS, LOG_SHIPPER.namespace, LOG_SHIPPER.name)?.data?.['fluent-bit.conf'];
  const [, group] = /^\s*log_group_name\s+(\S+)\s*$/m.exec(config ?? '') ?? [];
  if (group === undefined) throw new Error('no log shipper is configured in the cluster: its output goes nowhere');
  return group;
}
