import { available } from '@gantry/cloud/failures.ts';
import { underAuthority } from '@gantry/core/kernel/authority.ts';

/**
 * Wraps all work for a caller. The work runs again from its start when the caller's rights change meanwhile. Throws Unavailable when they change
 * three times, or when an AWS service throttles or fails.
 */
export function authority<A>(_event: unknown, rest: () => Promise<A>): Promise<A> {
  return available('Gantry', () => underAuthority(rest));
}
