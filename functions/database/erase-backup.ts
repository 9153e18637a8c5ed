import { eraseBackup } from '@gantry/core/databases/steps/erase-backup.ts';
import { StepInput } from '@gantry/core/databases/steps/input.ts';
import { step } from '@gantry/runtime/step.ts';

export const handler = step(StepInput, ({ target }) => eraseBackup(target));
