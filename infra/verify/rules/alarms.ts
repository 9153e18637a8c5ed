import { type Finding, property, resources, type Templates, topicOf } from '../template.ts';

/** The metrics of services that need an alarm, if the stage has such a resource. */
const WATCHED: Readonly<Record<string, readonly string[]>> = {
  'AWS::Lambda::Function': ['FunctionFailures', 'Throttles', 'Faults'],
  'AWS::StepFunctions::StateMachine': ['ExecutionsFailed', 'ExecutionsTimedOut'],
  'AWS::ApiGatewayV2::Api': ['5xx'],
  'AWS::CodeBuild::Project': ['FailedBuilds'],
  'AWS::DynamoDB::Table': ['ReadThrottleEvents', 'WriteThrottleEvents'],
  'AWS::SQS::Queue': ['DeadLetters', 'EventAge'],
  'AWS::EKS::Cluster': ['PendingPods', 'UnreadyShare', 'HTTPCode_ELB_5XX_Count'],
};

/** Missing alarms: resources that can fail without one, functions whose failures nobody counts, and dead-letter queues that nobody reads. */
export function alarmFindings(templates: Templates): Finding[] {
  const alarms = JSON.stringify(
    resources(templates, 'AWS::CloudWatch::Alarm').map(({ resource }) => resource.Properties),
  );
  const present = new Set(resources(templates).map(({ resource }) => resource.Type));
  const unwatched = Object.entries(WATCHED)
    .filter(([type]) => present.has(type))
    .flatMap(([type, metrics]) =>
      metrics
        .filter((metric) => !alarms.includes(metric))
        .map((metric) => ({ rule: 'alarm', at: type, what: `no alarm looks at ${metric}` })),
    );
  return [...unwatched, ...uncountedFunctions(templates), ...unseenLetters(templates)];
}

function uncountedFunctions(templates: Templates): Finding[] {
  const counted = new Set(
    resources(templates, 'AWS::Logs::MetricFilter').map((placed) =>
      keyOf(placed.stack, property(placed, 'LogGroupName')),
    ),
  );
  return resources(templates, 'AWS::Lambda::Function')
    .filter((placed) => !counted.has(keyOf(placed.stack, property(placed, 'LoggingConfig.LogGroup'))))
    .map(({ at }) => ({ rule: 'alarm', at, what: 'nobody counts its failures: its log group has no metric filter' }));
}

/** A dead-letter queue is named, and the reconciler's function has its address. */
function unseenLetters(templates: Templates): Finding[] {
  const seen = JSON.stringify(
    resources(templates, 'AWS::Lambda::Function').map((placed) =>
      property(placed, 'Environment.Variables.DEAD_LETTER_URLS'),
    ),
  );
  return resources(templates, 'AWS::SQS::Queue')
    .filter((placed) => property(placed, 'QueueName') !== undefined && !seen.includes(placed.logicalId))
    .map(({ at }) => ({ rule: 'alarm', at, what: 'nobody counts its dead letters' }));
}

function keyOf(stack: string, group: unknown): string {
  return `${topicOf(stack)} ${JSON.stringify(group)}`;
}
