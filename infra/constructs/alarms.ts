import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { Construct } from 'constructs';
import type { Platform } from './platform.ts';

/** The namespace of the platform's own metrics: `layers/runtime/metrics.ts`. */
export const NAMESPACE = 'Gantry';
/** Log lines of functions that ended without an answer: out of time, out of memory, not loaded. */
export const FAILURES = 'FunctionFailures';

/** The text and the condition of an alarm. */
export interface AlarmProps {
  /** What happened, in one sentence. */
  readonly says: string;
  /** The page under `docs/runbooks/` with advice: its name without `.md`. */
  readonly runbook: string;
  readonly metric: IMetric;
  /** Alarms at this value or above. */
  readonly threshold: number;
  /** How many of how many periods must be at the threshold; default: one of one. */
  readonly periods?: number;
  readonly breaching?: number;
}

/** An alarm that notifies the stage's topic. Missing data does not alarm: silence is good. */
export function alarm(scope: Construct, id: string, platform: Platform, props: AlarmProps): Alarm {
  const { periods = 1, breaching = periods } = props;
  const made = new Alarm(scope, id, {
    alarmDescription: `${props.says} Runbook: docs/runbooks/${props.runbook}.md`,
    metric: props.metric,
    threshold: props.threshold,
    evaluationPeriods: periods,
    datapointsToAlarm: breaching,
    comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  });
  made.addAlarmAction(new SnsAction(platform.alarms));
  return made;
}

/** A metric that functions of the stage measure. */
export function measured(platform: Platform, metricName: string, statistic: string, period: Duration): Metric {
  return new Metric({
    namespace: NAMESPACE,
    metricName,
    dimensionsMap: { Stage: platform.stage.stage },
    statistic,
    period,
  });
}

/** An objective: the share of calls that may fail, in hundredths. */
export interface Objective {
  readonly says: string;
  readonly runbook: string;
  /** The share that may fail in a month: 0.001 for 99.9 %. */
  readonly budget: number;
  /** Both over `period`. */
  calls(period: Duration): IMetric;
  failures(period: Duration): IMetric;
}

/** With fewer calls in a period a share says nothing: then this many failures alarm. */
const FEW_CALLS = 50;
const FEW_FAILURES = 5;

/**
 * Two alarms on an objective. The fast one alarms at the rate that uses a month's budget in two days (14.4 times too fast), in three of twelve
 * periods of five minutes. The slow one alarms at the rate that uses it in five days (6 times), in three periods of six hours.
 * https://sre.google/workbook/alerting-on-slos/
 */
export function burnRateAlarms(scope: Construct, id: string, platform: Platform, objective: Objective): void {
  const rates = [
    { name: 'Fast', rate: 14.4, period: Duration.minutes(5), periods: 12, breaching: 3 },
    { name: 'Slow', rate: 6, period: Duration.hours(1), periods: 6, breaching: 3 },
  ] as const;
  for (const { name, rate, period, periods, breaching } of rates) {
    const limit = Number((rate * objective.budget).toFixed(6));
    const metric = new MathExpression({
      expression: `IF(calls >= ${FEW_CALLS}, failures / calls >= ${limit}, failures >= ${FEW_FAILURES})`,
      usingMetrics: { calls: objective.calls(period), failures: objective.failures(period) },
      label: `${id} burns its budget`,
      period,
    });
    const says = `${objective.says} ${rate} times as fast as the objective of ${(1 - objective.budget) * 100} % allows.`;
    alarm(scope, `${id}${name}`, platform, {
      says,
      runbook: objective.runbook,
      metric,
      threshold: 1,
      periods,
      breaching,
    });
  }
}
