import { renewReleases } from '@gantry/core/deployments/renew.ts';
import { react } from '@gantry/runtime/react.ts';

/** A database whose apps have another user → deployments of the live releases that use it. */
export const handler = react(renewReleases);
