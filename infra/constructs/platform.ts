import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Stage } from '../stage.ts';
import type { Bundles } from './bundle.ts';

/** What every stack builds with. */
export interface Platform {
  readonly stage: Stage;
  readonly bundles: Bundles;
  /** Where every alarm goes. */
  readonly alarms: ITopic;
}
