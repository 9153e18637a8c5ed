import { createHash, timingSafeEqual } from 'node:crypto';
import { environment } from '@gantry/cloud/environment.ts';
import { EDGE_HEADER } from '@gantry/contract/edge.ts';
import { GantryError } from '@gantry/contract/errors.ts';

/**
 * Refuses a request that did not come through the distribution, which adds a secret header. Otherwise API Gateway's own addresses would bypass the
 * firewall and its rate rules. Throws Forbidden.
 */
export function requireEdge(headers: Readonly<Record<string, string | undefined>> | undefined): void {
  const given = Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === EDGE_HEADER)?.[1];
  if (given === undefined || !timingSafeEqual(digest(given), digest(environment('EDGE_SECRET'))))
    throw new GantryError('Forbidden', "Use the address of the dashboard: this one is the API gateway's own.");
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
