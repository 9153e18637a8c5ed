import { eventData } from '@gantry/contract/events.ts';
import { report } from '@gantry/core/github/reports.ts';
import { react } from '@gantry/runtime/react.ts';

/** A deployment of a commit on GitHub advanced or ended → GitHub gets its status. */
export const handler = react(async (envelope) => report(await eventData('deployment.advanced', envelope)));
