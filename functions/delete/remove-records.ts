import { removeRecords } from '@gantry/core/deletion/remove-records.ts';
import { StepInput } from '@gantry/core/deletion/target.ts';
import { step } from '@gantry/runtime/step.ts';

/** The time that the step needs to answer before Lambda ends it, in milliseconds. */
const RESERVE_MS = 15_000;

export const handler = step(StepInput, ({ target }, context) =>
  removeRecords(target, Date.now() + context.getRemainingTimeInMillis() - RESERVE_MS),
);
