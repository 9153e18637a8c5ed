import type { Surroundings } from './declare.ts';
import { interruptedText } from './deployment-view.ts';
import type { Path } from './overview.ts';
import type { Session } from './session.ts';

/**
 * Queues the live image again, with the present settings and variables. It supersedes a deployment in flight. Throws Conflict without a live
 * deployment.
 */
export function redeploy({ interrupts }: Surroundings, { client }: Session, path: Path) {
  return interrupts.hold(() => client('deployments.redeploy', { params: path }), interruptedText);
}
