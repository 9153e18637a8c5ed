import { removeDatabases } from '@gantry/core/deletion/remove-databases.ts';
import { StepInput } from '@gantry/core/deletion/target.ts';
import { step } from '@gantry/runtime/step.ts';

export const handler = step(StepInput, ({ target }) => removeDatabases(target));
