import type { Machine, Repeats } from './machine.ts';

const repeats: Repeats = { attempts: 5, firstWaitSeconds: 1, longestWaitSeconds: 30 };

/** The value of a variable that the build exports. */
const exported = (name: string) => `$states.result.Build.ExportedEnvironmentVariables[Name = '${name}'].Value`;

/** One deployment of a service in an environment, from its source or an earlier release to traffic. */
export const deploy: Machine = {
  comment:
    'One deployment of a service in an environment, from its source or an earlier release to traffic. Input: deploymentId, serviceId, environmentId, teamId, projectId, generation, traceId.',
  timeoutSeconds: 43_200,
  subject: 'deployment',
  subjectFields: ['deploymentId', 'serviceId', 'environmentId', 'teamId', 'projectId', 'generation', 'traceId'],
  countsAttempts: true,
  onFailure: 'Revert',
  states: {
    Prepare: {
      type: 'step',
      comment: 'Takes the deployment up and says whether there is something to build.',
      assign: {
        next: '$states.result.Payload.next',
        releaseCommand: '$states.result.Payload.releaseCommand',
        rehearse: '$states.result.Payload.rehearse',
        place: 0,
        bakedSeconds: 0,
        imageDigest: null,
        plan: null,
      },
      timeoutSeconds: 60,
      repeats,
      next: 'Prepared',
    },
    Prepared: {
      type: 'choice',
      comment:
        'An upload and an image need no fetching; a rollback, and a redrive after the build, have their image already.',
      when: [
        ["$next = 'fetch'", 'Fetch'],
        ["$next = 'build'", 'Queue'],
      ],
      otherwise: 'NeedsReleaseCommand',
    },
    Fetch: {
      type: 'step',
      comment: "The commit's archive, from its repository to where builds find it.",
      timeoutSeconds: 660,
      repeats,
      next: 'Queue',
    },
    Queue: {
      type: 'step',
      comment: 'Waits until the build has a place among the running builds.',
      assign: { ticket: '$states.result.ticket' },
      timeoutSeconds: 3_600,
      repeats,
      waitsForToken: true,
      next: 'Build',
    },
    Build: {
      type: 'integration',
      comment: 'The builder, in CodeBuild: it claims its order with its ticket, and makes an image with a digest.',
      resource: 'codebuild:startBuild.sync',
      arguments: {
        ProjectName: '${BuildProject}',
        EnvironmentVariablesOverride: [
          { Name: 'DEPLOYMENT_ID', Value: '{% $deployment.deploymentId %}', Type: 'PLAINTEXT' },
          { Name: 'BUILD_TICKET', Value: '{% $ticket %}', Type: 'PLAINTEXT' },
        ],
        LogsConfigOverride: {
          CloudWatchLogs: {
            Status: 'ENABLED',
            GroupName: '${BuildLogGroup}',
            StreamName: '{% $deployment.deploymentId %}',
          },
        },
      },
      assign: {
        imageDigest: exported('IMAGE_DIGEST'),
        plan: exported('BUILD_PLAN'),
        releaseCommand: `$releaseCommand or ${exported('RELEASE_COMMAND')} = 'yes'`,
        rehearse: `$rehearse or ${exported('REHEARSE')} = 'yes'`,
      },
      timeoutSeconds: 3_600,
      // A failed build is the app's fault, and a repeat does not fix that.
      repeatOn: ['CodeBuild.AccountLimitExceededException', 'CodeBuild.SdkClientException'],
      repeats: { attempts: 10, firstWaitSeconds: 5, longestWaitSeconds: 60 },
      next: 'NeedsReleaseCommand',
    },
    NeedsReleaseCommand: {
      type: 'choice',
      comment: 'A rollback runs none, and a redrive none that succeeded.',
      when: [
        ['$releaseCommand and $rehearse', 'Rehearse'],
        ['$releaseCommand', 'ReleaseCommand'],
      ],
      otherwise: 'Rollout',
    },
    Rehearse: {
      type: 'step',
      comment: 'Runs the release command on copies of the databases, once the copies are there.',
      payload: { imageDigest: '$imageDigest', plan: '$plan' },
      assign: { rehearsed: '$states.result.Payload.rehearsed' },
      timeoutSeconds: 720,
      repeats,
      next: 'IsRehearsed',
    },
    IsRehearsed: { type: 'choice', when: [['$rehearsed', 'ReleaseCommand']], otherwise: 'AwaitCopies' },
    AwaitCopies: { type: 'wait', seconds: '15', next: 'Rehearse' },
    ReleaseCommand: {
      type: 'step',
      comment: "Runs the service's release command once, with the new image, before the release serves.",
      payload: { imageDigest: '$imageDigest', plan: '$plan' },
      timeoutSeconds: 720,
      repeats,
      next: 'Rollout',
    },
    Rollout: {
      type: 'step',
      comment: 'Applies the release to the cluster next to the serving one.',
      payload: { imageDigest: '$imageDigest', plan: '$plan' },
      timeoutSeconds: 90,
      repeats,
      next: 'Verify',
    },
    Verify: {
      type: 'step',
      comment: 'Watches the release until it is healthy, for ten minutes at most: a node may have to start.',
      timeoutSeconds: 720,
      repeats,
      finalTimeout: true,
      next: 'Shift',
    },
    Shift: {
      type: 'step',
      comment: 'Moves traffic to the release.',
      payload: { place: '$place', bakedSeconds: '$bakedSeconds' },
      assign: {
        place: '$states.result.Payload.next',
        bakeSeconds: '$states.result.Payload.bakeSeconds',
        bakedSeconds: '$states.result.Payload.bakedSeconds',
      },
      timeoutSeconds: 180,
      repeats,
      next: 'Shifted',
    },
    Shifted: {
      type: 'choice',
      comment: 'Until all of the traffic has moved, each share bakes and is checked.',
      when: [['$place != null', 'Bake']],
      otherwise: 'Finish',
    },
    Bake: { type: 'wait', seconds: '$bakeSeconds', next: 'Check' },
    Check: {
      type: 'step',
      comment: 'Checks that the release is healthy under its share of the traffic, and no worse than the live one.',
      payload: { bakedSeconds: '$bakedSeconds' },
      assign: {
        bakeSeconds: '$states.result.Payload.bakeSeconds',
        bakedSeconds: '$states.result.Payload.bakedSeconds',
      },
      timeoutSeconds: 90,
      repeats,
      next: 'Checked',
    },
    Checked: {
      type: 'choice',
      comment: 'Until the traffic was enough for a verdict, the share bakes on.',
      when: [['$bakeSeconds > 0', 'Bake']],
      otherwise: 'Shift',
    },
    Finish: {
      type: 'step',
      comment: 'Records the release as live and retires the one before.',
      output: '$states.result.Payload',
      timeoutSeconds: 90,
      repeats,
    },
    Revert: {
      type: 'undo',
      comment: 'Keeps the earlier release serving, removes the leftovers of the deployment, records the reason.',
      payload: { failure: '$failure' },
      timeoutSeconds: 180,
      repeats: { attempts: 8, firstWaitSeconds: 2, longestWaitSeconds: 60 },
      next: 'Failed',
      failed: 'RevertFailed',
    },
    Failed: {
      type: 'fail',
      comment: 'The deployment failed, and the earlier release serves.',
      error: '$failure.error',
      cause: '$failure.cause',
    },
    RevertFailed: {
      type: 'fail',
      comment: 'The deployment failed and could not be taken back: somebody must look.',
      error: { name: 'RevertFailed' },
      cause: "'After ' & $failure.error & ' in ' & $failure.state & ': ' & $revertCause",
    },
  },
};
