import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Stage } from '../stage.ts';
import type { Bundles } from './bundle.ts';

/** The shared parts of all stacks. */
export interface Platform {
  readonly stage: Stage;
  readonly bundles: Bundles;
  /** The topic of every alarm. */
  readonly alarms: ITopic;
  /** Every dead-letter queue so far. */
  readonly deadLetters: Queue[];
}
