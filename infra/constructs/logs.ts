import { RemovalPolicy } from 'aws-cdk-lib';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Stage } from '../stage.ts';

/** A log group `/gantry/<stage>/<name>` with the stage's retention. */
export function logGroup(scope: Construct, id: string, stage: Stage, name: string): LogGroup {
  return new LogGroup(scope, id, {
    logGroupName: `/gantry/${stage.stage}/${name}`,
    retention: retention(stage),
    removalPolicy: RemovalPolicy.DESTROY,
  });
}

/** `RetentionDays` is an enumeration of days. The stage allows its values. */
export function retention(stage: Stage): RetentionDays {
  return stage.sizes.logDays;
}

/**
 * What happens to a resource with state when its stack is deleted. A failed first deployment removes it too (`RetainExceptOnCreate`): it holds
 * nothing yet, and would stay behind after each attempt.
 */
export function removalPolicy(stage: Stage): RemovalPolicy {
  return stage.removalPolicy === 'retain' ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY;
}
