import { type Finding, resources, type Templates } from '../template.ts';

/** What can fail, and the metric that tells of it, by type. */
const WATCHED: Readonly<Record<string, readonly string[]>> = {
  'AWS::Lambda::Function': ['Errors', 'Throttles'],
  'AWS::StepFunctions::StateMachine': ['ExecutionsFailed', 'ExecutionsTimedOut'],
};

/** What can fail and has no alarm. */
export function alarmFindings(templates: Templates): Finding[] {
  const alarms = resources(templates, 'AWS::CloudWatch::Alarm');
  const metrics = new Map<string, string>();
  for (const { stack, resource } of alarms)
    metrics.set(stack, `${metrics.get(stack)} ${JSON.stringify(resource.Properties)}`);
  return resources(templates, ...Object.keys(WATCHED)).flatMap(({ at, stack, logicalId, resource }) => {
    const own = metrics.get(stack) ?? '';
    const missing = (WATCHED[resource.Type] ?? []).filter(
      (metric) => !(own.includes(logicalId) && own.includes(metric)),
    );
    return missing.length === 0 ? [] : [{ rule: 'alarm', at, what: `has no alarm on ${missing.join(' and ')}` }];
  });
}
