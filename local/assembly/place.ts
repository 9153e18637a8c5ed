import { createHash } from 'node:crypto';
import type { Kernel } from '../kernel/kernel.ts';
import type { Place, Room } from '../kernel/resource.ts';

const HASH_LENGTH = 12;

/** Where a resource stands; its generated name is `<stack>-<logicalId>-<hash>`, cut before the hash to fit. */
export function placeOf(kernel: Kernel, stack: string, logicalId: string): Place {
  const at = `${stack}/${logicalId}`;
  const hash = createHash('sha256').update(at).digest('hex').toUpperCase().slice(0, HASH_LENGTH);
  return {
    stack,
    logicalId,
    at,
    kernel,
    name: (maxLength = 64) =>
      `${`${stack}-${logicalId}`.slice(0, Math.max(0, maxLength - HASH_LENGTH - 1))}-${hash}`.slice(-maxLength),
  };
}

const AWS_HOST = /\.(amazonaws\.com|amazoncognito\.com)$/;

/**
 * Rewrites every string that is the address of an AWS host (`https://…amazonaws.com`, `wss://…`) to the address at which
 * a room plays that host. An address that no room plays stays as it is: its host exists nowhere.
 */
export function localAddresses(value: unknown, rooms: readonly Room[]): unknown {
  if (typeof value === 'string') return localAddress(value, rooms) ?? value;
  if (Array.isArray(value)) return value.map((each) => localAddresses(each, rooms));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, localAddresses(each, rooms)]));
}

function localAddress(value: string, rooms: readonly Room[]): string | undefined {
  if (!/^(https|wss):\/\/\S+$/.test(value) || !URL.canParse(value)) return undefined;
  const url = new URL(value);
  if (!AWS_HOST.test(url.hostname)) return undefined;
  for (const room of rooms) {
    const address = room.address?.(url);
    if (address !== undefined) return address;
  }
  return undefined;
}
