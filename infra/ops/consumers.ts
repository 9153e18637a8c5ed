import { subscriptions } from '@gantry/wiring/subscriptions.ts';
import { BUILD_ENDED, DELIVERIES, DEPLOYMENT_ENDED, RELAY } from '../constructs/dead-letters.ts';

/** All consumers that have a dead-letter queue. */
export const CONSUMERS: readonly string[] = [
  RELAY,
  DEPLOYMENT_ENDED,
  BUILD_ENDED,
  DELIVERIES,
  ...Object.keys(subscriptions),
];

/** Asynchronous calls that failed three times. They can be read, but not redriven. */
export const CALLS = ['log-lines', 'cluster-events'];
