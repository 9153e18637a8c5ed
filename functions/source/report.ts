import { eventData } from '@gantry/contract/events.ts';
import { report } from '@gantry/core/github/reports.ts';
import { react } from '@gantry/runtime/react.ts';

/** A deployment of a commit on GitHub went on, or ended → GitHub is told. */
export const handler = react((envelope) => report(eventData('deployment.advanced', envelope)));
