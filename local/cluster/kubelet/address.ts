import { createHash } from 'node:crypto';
import { cpSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { PARTS } from '../../disk.ts';
import type { Pod } from '../model.ts';

const GUARDS = join(import.meta.dirname, 'guards');

/**
 * The address of a pod: one of 127.64.0.0/10, by its uid. On Linux all of 127.0.0.0/8 is loopback without any set-up, and a server on 127.0.0.1 alone
 * does not answer here, as in a cluster. Two pods with one address do no harm, because ports are reserved for the whole machine.
 */
export function addressOf({ metadata }: Pod): string {
  const [a = 0, b = 0, c = 0] = createHash('sha256').update(metadata.uid).digest();
  return `127.${64 + (a % 64)}.${b}.${1 + (c % 254)}`;
}

/**
 * Copies the files that guard servers into a folder of `work`, and returns the folder: Python writes beside them, and apps see no path of the clone.
 */
export function placeGuards(work: string): string {
  const folder = join(work, PARTS.guards);
  cpSync(GUARDS, folder, { recursive: true });
  return folder;
}

/**
 * The variables by which Node.js and Python keep a server on all addresses to this machine: on the pod's address and 127.0.0.1. A server that names
 * `port`, the container's, gets the port of `PORT` instead. Compiled programs ignore such variables: their servers are open to the machine's network
 * (docs/guides/cluster.md).
 */
export function guardVariables(
  pod: Pod,
  guards: string,
  given: Readonly<Record<string, string>>,
  port: number | undefined,
): Record<string, string> {
  const preload = `--require ${JSON.stringify(join(guards, 'listen.cjs'))}`;
  return {
    GANTRY_POD_ADDRESS: addressOf(pod),
    ...(port !== undefined && { GANTRY_POD_PORT: String(port) }),
    NODE_OPTIONS: [preload, given.NODE_OPTIONS].filter(Boolean).join(' '),
    PYTHONPATH: [join(guards, 'python'), given.PYTHONPATH].filter(Boolean).join(delimiter),
  };
}
