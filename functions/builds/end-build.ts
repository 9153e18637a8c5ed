import { BuildEnd, endBuild } from '@gantry/core/deployments/builds/end-build.ts';
import { reactTo } from '@gantry/runtime/react.ts';

/** An ended build → its place is free for the next. */
export const handler = reactTo(BuildEnd, endBuild);
