import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Stage } from '../stage.ts';
import type { Bundles } from './bundle.ts';

/** What every stack builds with. */
export interface Platform {
  readonly stage: Stage;
  readonly bundles: Bundles;
  /** Where every alarm goes. */
  readonly alarms: ITopic;
  /** Every dead-letter queue that was made so far. */
  readonly deadLetters: Queue[];
}
