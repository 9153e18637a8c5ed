import { failRun } from '@gantry/core/deployments/cleanup/fail-run.ts';
import { ExecutionEnd } from '@gantry/core/deployments/steps/execution.ts';
import { reactTo } from '@gantry/runtime/react.ts';

/** An execution of machine `deploy` that ended by itself, by its time limit or by an operator → its deployment ends. */
export const handler = reactTo(ExecutionEnd, failRun);
