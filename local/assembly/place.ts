import { createHash } from 'node:crypto';
import type { Kernel } from '../kernel/kernel.ts';
import type { Place, Room } from '../kernel/resource.ts';

const HASH_LENGTH = 12;

/** The place of a resource; its generated name is `<stack>-<logicalId>-<hash>`, cut before the hash to fit. */
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

const AWS_HOST = /\.(amazonaws\.com|amazoncognito\.com|cloudfront\.net)$/;

/**
 * Rewrites every AWS address in a string, alone or in a list (a content security policy), to the local address of the room that plays its host
 * (`https://…amazonaws.com`, `wss://…`). An address without a room stays as it is: its host exists nowhere.
 */
export function localAddresses(value: unknown, rooms: readonly Room[]): unknown {
  if (typeof value === 'string') return value.replace(ADDRESS, (address) => localAddress(address, rooms) ?? address);
  if (Array.isArray(value)) return value.map((each) => localAddresses(each, rooms));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, localAddresses(each, rooms)]));
}

const ADDRESS = /(?<=^|\s)(?:https|wss):\/\/[^\s;]+(?=$|\s|;)/g;

function localAddress(value: string, rooms: readonly Room[]): string | undefined {
  if (!URL.canParse(value)) return undefined;
  const url = new URL(value);
  if (!AWS_HOST.test(url.hostname)) return undefined;
  for (const room of rooms) {
    const address = room.address?.(url);
    if (address !== undefined) return address;
  }
  return undefined;
}

/** Replaces each dynamic reference (`{{resolve:…}}`) by its value in a room. Throws when no room has one. */
export function dynamicValues(value: unknown, rooms: readonly Room[]): unknown {
  if (typeof value === 'string') {
    return value.replace(/\{\{resolve:([^}]*)\}\}/g, (whole, reference: string) => {
      const found = rooms.map((room) => room.dynamic?.(reference)).find((each) => each !== undefined);
      if (found === undefined) throw new Error(`local cloud: dynamic reference ${whole} is not emulated`);
      return found;
    });
  }
  if (Array.isArray(value)) return value.map((each) => dynamicValues(each, rooms));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, dynamicValues(each, rooms)]));
}
