import { controlVerb } from '../control.ts';

export const command = controlVerb({
  operation: 'deployments.advance',
  done: 'Advanced',
  details:
    'The release gets its next share within a minute, without the rest of its bake time and without a verdict. A release that turns out bad still loses its traffic.',
  example: 'advance',
});
