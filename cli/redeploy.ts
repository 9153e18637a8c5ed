import type { Surroundings } from './declare.ts';
import { interruptedText } from './deployment-view.ts';
import type { Path } from './overview.ts';
import type { Session } from './session.ts';

/** Queues what is live again, with the settings and variables of now. It supersedes what is on its way. Throws Conflict where nothing is live. */
export function redeploy({ interrupts }: Surroundings, { client }: Session, path: Path) {
  return interrupts.hold(() => client('deployments.redeploy', { params: path }), interruptedText);
}
