import { BuildClaim } from '@gantry/contract/build.ts';
import { claimBuild } from '@gantry/core/deployments/builds/claim.ts';
import { step } from '@gantry/runtime/step.ts';

/** Called by a build when it begins. */
export const handler = step(BuildClaim, claimBuild);
