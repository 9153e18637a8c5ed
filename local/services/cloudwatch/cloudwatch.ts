import { ACCOUNT, REGION } from '../../kernel/kernel.ts';
import type { Metrics } from '../../kernel/ports.ts';
import type { ResourceType, Room } from '../../kernel/resource.ts';
import { operation } from '../../wire/operation.ts';
import { type AlarmProperties, stateOf } from './alarm.ts';
import { dataOperations } from './data.ts';
import { type MetricStore, readEmbedded } from './metrics.ts';

export interface CloudWatch extends Room {
  readonly metrics: Metrics;
  /** Reads the metrics from log lines. */
  readLines(lines: readonly { readonly message: string }[]): void;
}

interface Asked {
  readonly AlarmNames?: readonly string[];
  readonly AlarmNamePrefix?: string;
  readonly StateValue?: string;
}

/**
 * CloudWatch: measurements of functions and services, and the template's alarms, evaluated on request. It keeps the
 * metrics that alarms name and the local cloud can measure; alarms on other metrics find no data. The load balancer's
 * measurements of target groups are kept by minute.
 */
export function createCloudWatch(store: MetricStore): CloudWatch {
  const alarms = new Map<string, AlarmProperties>();
  const arnOf = (name: string) => `arn:aws:cloudwatch:${REGION}:${ACCOUNT}:alarm:${name}`;

  const alarmType: ResourceType = {
    type: 'AWS::CloudWatch::Alarm',
    uses: [
      'AlarmDescription',
      'AlarmName',
      'ComparisonOperator',
      'DatapointsToAlarm',
      'Dimensions',
      'EvaluationPeriods',
      'MetricName',
      'Metrics',
      'Namespace',
      'Period',
      'Statistic',
      'Threshold',
      'TreatMissingData',
    ],
    inert: {
      AlarmActions: 'no message is sent locally: gantry-ops status shows alarms',
      Unit: 'values have one unit each',
    },
    declare(properties, place) {
      const given = properties as unknown as AlarmProperties;
      const name = given.AlarmName ?? place.name(255);
      alarms.set(name, given);
      return { ref: name, attributes: { Arn: arnOf(name) } };
    },
    remove: (name) => void alarms.delete(name),
  };

  return {
    metrics: store,
    readLines(lines) {
      for (const { message } of lines) readEmbedded(message, store);
    },
    resources: [alarmType],
    services: [
      {
        signingName: 'monitoring',
        protocol: 'json',
        model: () => import('@aws-sdk/client-cloudwatch'),
        operations: {
          ...dataOperations(store.meters),
          DescribeAlarms: operation({
            uses: ['AlarmNames', 'AlarmNamePrefix', 'StateValue'],
            inert: { MaxRecords: 'all are answered at once', AlarmTypes: 'all alarms here are over metrics' },
            access: () => [{ action: 'cloudwatch:DescribeAlarms', resource: arnOf('*') }],
            handle({ AlarmNames, AlarmNamePrefix = '', StateValue }: Asked) {
              const now = Date.now();
              const MetricAlarms = [...alarms]
                .filter(([name]) => (AlarmNames?.includes(name) ?? true) && name.startsWith(AlarmNamePrefix))
                .map(([AlarmName, alarm]) => ({
                  AlarmName,
                  AlarmArn: arnOf(AlarmName),
                  AlarmDescription: alarm.AlarmDescription ?? '',
                  StateValue: stateOf(alarm, store, now),
                }))
                .filter((alarm) => StateValue === undefined || alarm.StateValue === StateValue);
              return { MetricAlarms, CompositeAlarms: [] };
            },
          }),
        },
      },
    ],
  };
}
