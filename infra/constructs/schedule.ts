import type { Duration } from 'aws-cdk-lib';
import { Schedule as Rate, Rule } from 'aws-cdk-lib/aws-events';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { GantryFunction } from './function.ts';

export interface ScheduleProps {
  readonly period: Duration;
  /** Its time limit must not exceed the period: then at most one invocation runs. */
  readonly consumer: GantryFunction;
  readonly description: string;
}

/**
 * Calls a function once per period, and does not repeat a failed call, because the next one comes anyway. A rule, because EventBridge Scheduler would
 * need another role and resource for the same.
 */
export class Schedule extends Construct {
  constructor(scope: Construct, id: string, { period, consumer, description }: ScheduleProps) {
    super(scope, id);
    if ((consumer.timeout?.toSeconds() ?? 0) > period.toSeconds()) throw new Error(`${id} may overlap with itself`);
    const rule = new Rule(this, 'Rule', {
      description,
      schedule: Rate.rate(period),
      targets: [{ bind: () => ({ arn: consumer.functionArn }) }],
    });
    consumer.configureAsyncInvoke({ retryAttempts: 0 });
    consumer.addPermission(`${id}Permission`, {
      principal: new ServicePrincipal('events.amazonaws.com'),
      sourceArn: rule.ruleArn,
    });
  }
}
