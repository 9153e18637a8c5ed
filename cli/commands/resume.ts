import { controlVerb } from '../control.ts';

export const command = controlVerb({
  operation: 'deployments.resume',
  done: 'Resumed',
  details: 'The release gets its next share as its verdict and its bake time allow, within a minute.',
  example: 'resume',
});
