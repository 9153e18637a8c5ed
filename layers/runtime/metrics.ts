import { errorKinds, GantryError } from '@gantry/contract/errors.ts';

/** The kind of a call's trigger. */
export type CallKind = 'request' | 'delivery' | 'socket' | 'event' | 'step' | 'schedule';

/** A value and its unit. */
export interface Measure {
  readonly value: number;
  readonly unit: 'Count' | 'Milliseconds' | 'Percent' | 'Seconds';
}

const NAMESPACE = 'Gantry';

/**
 * The fields that turn a log line into metrics (CloudWatch's embedded metric format), without a call or a right. Each metric is recorded for the
 * stage and again per kind of call. None without a stage: in tests of single modules.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function embedded(
  values: Readonly<Record<string, Measure>>,
  kind?: CallKind,
): Readonly<Record<string, unknown>> {
  const stage = process.env.STAGE;
  if (stage === undefined) return {};
  const Metrics = Object.entries(values).map(([Name, { unit }]) => ({ Name, Unit: unit }));
  const Dimensions = kind === undefined ? [['Stage']] : [['Stage'], ['Stage', 'Kind']];
  return {
    _aws: { Timestamp: Date.now(), CloudWatchMetrics: [{ Namespace: NAMESPACE, Dimensions, Metrics }] },
    Stage: stage,
    ...(kind !== undefined && { Kind: kind }),
    ...Object.fromEntries(Object.entries(values).map(([name, { value }]) => [name, value])),
  };
}

/** The metrics of a call: whether the platform itself failed, how long the call took, and further fields. */
export function callMetrics(
  kind: CallKind,
  ms: number,
  error: unknown,
  more: Readonly<Record<string, Measure>> = {},
): Readonly<Record<string, unknown>> {
  return embedded(
    {
      Calls: { value: 1, unit: 'Count' },
      Faults: { value: error !== undefined && isFault(error) ? 1 : 0, unit: 'Count' },
      Duration: { value: ms, unit: 'Milliseconds' },
      ...more,
    },
    kind,
  );
}

/** An error that the caller cannot fix: an unexpected one, or one that the API answers with 5xx. */
function isFault(error: unknown): boolean {
  return !(error instanceof GantryError) || errorKinds[error.kind].status >= 500;
}
