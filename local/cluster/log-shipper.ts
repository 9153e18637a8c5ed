import { LINES_PER_SECOND } from '@gantry/contract/log-line.ts';
import { CONFIG_MAPS } from './kinds/core.ts';
import type { Objects } from './registry/objects.ts';

/** Replaces the platform's DaemonSet that ships apps' output: the embedded node does this itself and does not run the image. */
export const LOG_SHIPPER = { namespace: 'gantry-system', name: 'log-shipper' } as const;

/** The log group in the shipper's applied configuration. Throws before the platform has applied one. */
export function shippedLogGroup(objects: Objects): string {
  const [, group] = /^\s*log_group_name\s+(\S+)\s*$/m.exec(configured(objects, 'fluent-bit.conf')) ?? [];
  if (group === undefined) throw new Error('no log shipper is configured in the cluster: its output goes nowhere');
  return group;
}

/** The lines a second of a replica that the shipper's applied configuration allows. */
export function shippedLinesPerSecond(objects: Objects): number {
  const [, limit] = /^local LINES_PER_SECOND = (\d+)$/m.exec(configured(objects, 'limit.lua')) ?? [];
  return limit === undefined ? LINES_PER_SECOND : Number(limit);
}

function configured(objects: Objects, file: string): string {
  return objects.get(CONFIG_MAPS, LOG_SHIPPER.namespace, LOG_SHIPPER.name)?.data?.[file] ?? '';
}
