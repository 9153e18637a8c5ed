import { REGION } from '../../kernel/kernel.ts';
import type { ServiceEvent } from '../../kernel/ports.ts';
import type { Build, BuildPhase } from './build.ts';
import type { Project } from './project.ts';

/**
 * The event that EventBridge gets when a build begins and when it ends.
 * Source: https://docs.aws.amazon.com/codebuild/latest/userguide/sample-build-notifications-ref.html
 */
export function stateChange(build: Build, project: Project | undefined): ServiceEvent {
  const { arn, logs } = build;
  const { Type = '', Image = '', ComputeType = '', PrivilegedMode = false } = project?.machine ?? {};
  return {
    source: 'aws.codebuild',
    detailType: 'CodeBuild Build State Change',
    resources: [arn],
    detail: {
      'build-status': build.buildStatus,
      'project-name': build.projectName,
      'build-id': arn,
      'additional-information': {
        cache: { type: 'NO_CACHE' },
        'build-number': build.buildNumber,
        'timeout-in-minutes': build.timeoutInMinutes,
        'build-complete': build.buildComplete,
        initiator: build.initiator,
        'build-start-time': dateOf(build.startTime),
        source: sourceOf(project),
        artifact: { location: '' },
        environment: {
          image: Image,
          'privileged-mode': PrivilegedMode,
          'compute-type': ComputeType,
          type: Type,
          'environment-variables': build.environment.environmentVariables,
        },
        logs: {
          'group-name': logs.groupName,
          'stream-name': logs.streamName,
          'deep-link': `https://console.aws.amazon.com/cloudwatch/home?region=${REGION}#logEvent:group=${logs.groupName};stream=${logs.streamName}`,
        },
        phases: build.phases.map(phaseOf),
      },
      'current-phase': build.currentPhase,
      'current-phase-context': '[]',
      version: '1',
    },
  };
}

function sourceOf(project: Project | undefined): object {
  const source = project?.source;
  return source === undefined ? { type: 'NO_SOURCE' } : { type: 'S3', location: `${source.bucket}/${source.key}` };
}

/** A running phase, and the last one, have neither end nor status. */
function phaseOf({ phaseType, phaseStatus, startTime, endTime, durationInSeconds, contexts = [] }: BuildPhase): object {
  const wrong = contexts.filter(({ statusCode }) => statusCode !== '');
  return {
    'phase-context': wrong.map(({ statusCode, message }) => `${statusCode}: ${message}`),
    'start-time': dateOf(startTime),
    ...(endTime === undefined ? {} : { 'end-time': dateOf(endTime), 'duration-in-seconds': durationInSeconds }),
    'phase-type': phaseType,
    ...(phaseStatus === undefined ? {} : { 'phase-status': phaseStatus }),
  };
}

const DATES = new Intl.DateTimeFormat('en-US', { dateStyle: 'medium', timeStyle: 'medium', timeZone: 'UTC' });

/** Seconds since 1970 in these events' format: `Sep 1, 2017 4:12:29 PM`, UTC. */
function dateOf(seconds: number): string {
  return DATES.format(seconds * 1000).replace(/, (?=\d+:)/, ' ');
}
