import { available } from '@gantry/cloud/failures.ts';
import { underAuthority } from '@gantry/core/kernel/authority.ts';

/**
 * Wraps all that is done for a caller. The rest runs again from its beginning when the caller's rights change under it. Throws
 * Unavailable where they change three times, or where an AWS service throttles or fails.
 */
export function authority<A>(_event: unknown, rest: () => Promise<A>): Promise<A> {
  return available('Gantry', () => underAuthority(rest));
}
