import type { Machine, Repeats } from './machine.ts';

const repeats: Repeats = { attempts: 6, firstWaitSeconds: 1, longestWaitSeconds: 60 };
/** RDS takes some minutes, which nothing hastens. */
const MINUTES: Repeats = { attempts: 40, firstWaitSeconds: 2, longestWaitSeconds: 60 };
/** Between two looks at a server that is being made or removed, in seconds. */
const PAUSE = '15';

/** The creation of a database, or its deletion. */
export const database: Machine = {
  comment:
    'The creation of a database, or its deletion after a last backup. A creation that fails removes what it made. Input: teamId, projectId, environmentId, databaseId, version.',
  timeoutSeconds: 14_400,
  subject: 'target',
  countsAttempts: false,
  onFailure: 'CleanUp',
  states: {
    Begin: {
      type: 'step',
      comment: 'Says whether the database is to be made or removed.',
      assign: { next: '$states.result.Payload.next' },
      timeoutSeconds: 60,
      repeats,
      next: 'Begun',
    },
    Begun: {
      type: 'choice',
      when: [
        ["$next = 'create'", 'Network'],
        ["$next = 'remove'", 'Remove'],
      ],
      otherwise: 'Done',
    },
    Network: {
      type: 'step',
      comment: 'Makes the security group by which the apps that use the database reach it.',
      timeoutSeconds: 60,
      repeats,
      next: 'Provision',
    },
    Provision: {
      type: 'step',
      comment: 'Asks Amazon RDS for the server.',
      timeoutSeconds: 90,
      repeats,
      next: 'Available',
    },
    Available: {
      type: 'step',
      comment: 'Whether the server is there by now.',
      assign: { available: '$states.result.Payload.available' },
      timeoutSeconds: 60,
      repeats,
      next: 'IsAvailable',
    },
    IsAvailable: { type: 'choice', when: [['$available', 'Credentials']], otherwise: 'AwaitServer' },
    AwaitServer: { type: 'wait', seconds: PAUSE, next: 'Available' },
    Credentials: {
      type: 'step',
      comment: 'Makes the user that apps have; its password stands in Secrets Manager alone.',
      timeoutSeconds: 180,
      repeats: MINUTES,
      next: 'Ready',
    },
    Ready: {
      type: 'step',
      comment: 'Records where the database answers.',
      timeoutSeconds: 60,
      repeats,
      next: 'Done',
    },
    Remove: {
      type: 'step',
      comment: 'Removes the server after a last backup.',
      assign: { gone: '$states.result.Payload.gone' },
      timeoutSeconds: 60,
      repeats,
      next: 'IsGone',
    },
    IsGone: { type: 'choice', when: [['$gone', 'Forget']], otherwise: 'AwaitRemoval' },
    AwaitRemoval: { type: 'wait', seconds: PAUSE, next: 'Remove' },
    Forget: {
      type: 'step',
      comment: 'Removes the secret, the security group and the record.',
      timeoutSeconds: 60,
      repeats: MINUTES,
      next: 'Done',
    },
    Done: { type: 'succeed' },
    CleanUp: {
      type: 'undo',
      comment: 'Removes what a creation made and records why it failed; keeps what a deletion left.',
      payload: { failure: '$failure' },
      timeoutSeconds: 90,
      repeats: MINUTES,
      next: 'Failed',
      failed: 'CleanUpFailed',
    },
    Failed: {
      type: 'fail',
      comment: 'The creation failed and left nothing, or the deletion is to be asked for again.',
      error: '$failure.error',
      cause: "$failure.state & ': ' & $failure.cause",
    },
    CleanUpFailed: {
      type: 'fail',
      comment: 'What a failed creation made could not be removed: somebody must look.',
      error: { name: 'CleanUpFailed' },
      cause: "'After ' & $failure.error & ' in ' & $failure.state & ': ' & $cleanupCause",
    },
  },
};
