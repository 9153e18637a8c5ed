import type { Machine, Repeats } from './machine.ts';

const repeats: Repeats = { attempts: 6, firstWaitSeconds: 1, longestWaitSeconds: 60 };

/** The deletion of a project, an environment or a service, with everything below it. */
export const deletion: Machine = {
  comment:
    'The deletion of a project, an environment or a service with everything below it. Each step removes what remains, so a repeat is harmless. Input: kind, teamId, projectId, and environmentId or serviceId.',
  timeoutSeconds: 10_800,
  subject: 'target',
  countsAttempts: false,
  onFailure: 'Failed',
  states: {
    StopDeployments: {
      type: 'step',
      comment: 'Cancels deployments in flight and stops their machines.',
      assign: { settleSeconds: '$states.result.Payload.settleSeconds' },
      timeoutSeconds: 90,
      repeats,
      next: 'RemoveWorkloads',
    },
    RemoveWorkloads: {
      type: 'step',
      comment: 'Removes workloads in the cluster and images, and waits until namespaces are gone.',
      timeoutSeconds: 330,
      repeats: { ...repeats, attempts: 12 },
      next: 'Settled',
    },
    Settled: {
      type: 'choice',
      comment:
        'A function of a stopped deployment may have been at work, and may write to the cluster until its time limit.',
      when: [['$settleSeconds > 0', 'Settle']],
      otherwise: 'RemoveDatabases',
    },
    Settle: {
      type: 'wait',
      comment: 'Waits until no function of a stopped deployment can still run: then its writes are removed.',
      seconds: '$settleSeconds',
      assign: { settleSeconds: 0 },
      next: 'RemoveWorkloads',
    },
    RemoveDatabases: {
      type: 'step',
      comment: 'Requests the removal of the databases, each after a last backup, and waits until they are gone.',
      timeoutSeconds: 90,
      // Each takes some minutes, and one that is being made is left to end.
      repeats: { ...repeats, attempts: 90 },
      next: 'RemoveRecords',
    },
    RemoveRecords: {
      type: 'step',
      comment: 'Removes records from the leaves up, sets host names and slugs free, and says that it is done.',
      assign: { more: '$states.result.Payload.more' },
      timeoutSeconds: 90,
      repeats,
      next: 'MoreRecords',
    },
    MoreRecords: {
      type: 'choice',
      comment: 'One invocation removes as many records as it can within its time limit.',
      when: [['$more', 'RemoveRecords']],
      otherwise: 'Deleted',
    },
    Deleted: { type: 'succeed' },
    Failed: {
      type: 'fail',
      comment: 'Something remains: fix the cause, and request the deletion again.',
      error: '$failure.error',
      cause: "$failure.state & ': ' & $failure.cause",
    },
  },
};
