import type { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { Construct } from 'constructs';
import type { Platform } from './platform.ts';

/** What an alarm says and when: at `threshold` or more in one period of the metric. */
export interface AlarmProps {
  /** What the operator reads: what happened and where to look. */
  readonly description: string;
  readonly metric: IMetric & { readonly period?: Duration };
  readonly threshold: number;
}

/** An alarm that tells the stage's topic. Silence is good: missing data does not alarm. */
export function alarm(scope: Construct, id: string, platform: Platform, props: AlarmProps): Alarm {
  const made = new Alarm(scope, id, {
    alarmDescription: props.description,
    metric: props.metric,
    threshold: props.threshold,
    evaluationPeriods: 1,
    comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  });
  made.addAlarmAction(new SnsAction(platform.alarms));
  return made;
}
