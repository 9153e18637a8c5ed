import { controlVerb } from '../control.ts';

export const command = controlVerb({
  operation: 'deployments.pause',
  done: 'Paused',
  details:
    'Its release keeps the share of the traffic that it has, for six hours at most. A release that turns out bad still loses it.',
  example: 'pause',
});
