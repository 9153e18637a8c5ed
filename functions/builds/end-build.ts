import { BuildEnd, endBuild } from '@gantry/core/deployments/builds/end-build.ts';
import { reactTo } from '@gantry/runtime/react.ts';

/** A build that ended → its place is free for the next. */
export const handler = reactTo(BuildEnd, endBuild);
