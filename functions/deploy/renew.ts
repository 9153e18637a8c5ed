import { renewReleases } from '@gantry/core/deployments/renew.ts';
import { react } from '@gantry/runtime/react.ts';

/** A database whose apps have another user → deployments of what is live with it. */
export const handler = react(renewReleases);
