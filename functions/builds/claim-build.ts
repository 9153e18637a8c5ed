import { claimBuild } from '@gantry/core/deployments/builds/claim-build.ts';
import { step } from '@gantry/runtime/step.ts';
import { BuildClaim } from '@gantry/wiring/build.ts';

/** Called by a build at its start. */
export const handler = step(BuildClaim, claimBuild);
