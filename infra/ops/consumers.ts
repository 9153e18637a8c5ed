import { subscriptions } from '@gantry/wiring/subscriptions.ts';
import { BUILD_ENDED, DELIVERIES, DEPLOYMENT_ENDED, RELAY } from '../constructs/dead-letters.ts';

/** Everything that has a dead-letter queue. */
export const CONSUMERS: readonly string[] = [
  RELAY,
  DEPLOYMENT_ENDED,
  BUILD_ENDED,
  DELIVERIES,
  ...Object.keys(subscriptions),
];

/** Calls that nobody waited for and that failed three times: to read, not to redrive. */
export const CALLS = ['log-lines', 'cluster-events'];
