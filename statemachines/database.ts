import type { Machine, Repeats, State } from './machine.ts';

const repeats: Repeats = { attempts: 6, firstWaitSeconds: 1, longestWaitSeconds: 60 };
/** RDS takes some minutes, which nothing hastens. */
const MINUTES: Repeats = { attempts: 40, firstWaitSeconds: 2, longestWaitSeconds: 60 };
/** Between two looks at what RDS is doing, in seconds. */
const PAUSE = '15';

type StepState = Extract<State, { readonly type: 'step' }>;

/** A step that takes up to a minute. With `answer`, its result becomes a variable of that name. */
function step(
  comment: string,
  next: string,
  { answer, ...more }: Partial<StepState> & { readonly answer?: string } = {},
): StepState {
  const assign = answer === undefined ? {} : { assign: { [answer]: `$states.result.Payload.${answer}` } };
  return { type: 'step', comment, timeoutSeconds: 60, repeats, next, ...assign, ...more };
}

/** The work on a database: its creation, a change, a rotation of its password, a backup, its deletion. */
export const database: Machine = {
  comment:
    'The work on a database: its creation, empty or with the data of another, a change, a rotation of its password, a backup, its deletion after a last backup. A failed run removes its leftovers. Input: teamId, projectId, environmentId, databaseId, version; for a backup backupId.',
  timeoutSeconds: 14_400,
  subject: 'target',
  countsAttempts: false,
  onFailure: 'CleanUp',
  states: {
    Begin: step('Says what is to be done.', 'Begun', { answer: 'next' }),
    Begun: {
      type: 'choice',
      when: [
        ["$next = 'create' or $next = 'restore' or $next = 'drill'", 'Network'],
        ["$next = 'change'", 'Change'],
        ["$next = 'rotate'", 'Rotate'],
        ["$next = 'remove'", 'Remove'],
        ["$next = 'back-up'", 'BackUp'],
        ["$next = 'erase-backup'", 'EraseBackup'],
      ],
      otherwise: 'Done',
    },
    Network: step('Makes the security group through which apps reach the database.', 'IsRestore'),
    IsRestore: { type: 'choice', when: [["$next = 'restore' or $next = 'drill'", 'Restore']], otherwise: 'Provision' },
    Provision: step('Asks Amazon RDS for the server.', 'Available', { timeoutSeconds: 90 }),
    Restore: step('Asks Amazon RDS for a server with the data of a backup or of another database.', 'Available', {
      timeoutSeconds: 90,
      // The source may be busy as long as one of its backups takes.
      repeats: MINUTES,
    }),
    Available: step('Checks whether the server is ready.', 'IsAvailable', { answer: 'server' }),
    IsAvailable: {
      type: 'choice',
      when: [
        ["$server = 'available'", 'Credentials'],
        ["$server = 'bare'", 'Adopt'],
      ],
      otherwise: 'AwaitServer',
    },
    AwaitServer: { type: 'wait', seconds: PAUSE, next: 'Available' },
    Adopt: step("Has RDS keep the password of a restored server's master user, and opens the Data API.", 'Available', {
      repeats: MINUTES,
    }),
    Credentials: step('Makes the user for apps; its password is only in Secrets Manager.', 'IsDrill', {
      timeoutSeconds: 180,
      repeats: MINUTES,
    }),
    IsDrill: { type: 'choice', when: [["$next = 'drill'", 'Inspect']], otherwise: 'Ready' },
    Inspect: step('Looks into what a drill restored, records the result, and has the copy removed.', 'Done', {
      repeats: MINUTES,
    }),
    Ready: step('Records where the database answers.', 'Done'),
    Change: step('Changes how much the server may use, and for how long it can be restored.', 'Done', {
      repeats: MINUTES,
    }),
    Rotate: step('Lets the other user of apps in with a new password.', 'Done', {
      timeoutSeconds: 180,
      repeats: MINUTES,
    }),
    BackUp: step('Makes a backup, and says whether it is ready.', 'IsBackedUp', {
      answer: 'made',
      repeats: MINUTES,
    }),
    IsBackedUp: { type: 'choice', when: [['$made', 'Done']], otherwise: 'AwaitBackup' },
    AwaitBackup: { type: 'wait', seconds: PAUSE, next: 'BackUp' },
    EraseBackup: step('Deletes a backup.', 'Done', { repeats: MINUTES }),
    Remove: step('Removes the server after a last backup.', 'IsGone', { answer: 'gone' }),
    IsGone: { type: 'choice', when: [['$gone', 'Forget']], otherwise: 'AwaitRemoval' },
    AwaitRemoval: { type: 'wait', seconds: PAUSE, next: 'Remove' },
    Forget: step('Removes the secret, the security group and the record.', 'Done', { repeats: MINUTES }),
    Done: { type: 'succeed' },
    CleanUp: {
      type: 'undo',
      comment: 'Removes the leftovers of a creation or a backup and records why it failed; keeps those of a deletion.',
      payload: { failure: '$failure' },
      timeoutSeconds: 90,
      repeats: MINUTES,
      next: 'Failed',
      failed: 'CleanUpFailed',
    },
    Failed: {
      type: 'fail',
      comment: 'The request failed and left nothing, or the deletion must be requested again.',
      error: '$failure.error',
      cause: "$failure.state & ': ' & $failure.cause",
    },
    CleanUpFailed: {
      type: 'fail',
      comment: 'The leftovers of a failure could not be removed: an operator must check.',
      error: { name: 'CleanUpFailed' },
      cause: "'After ' & $failure.error & ' in ' & $failure.state & ': ' & $cleanupCause",
    },
  },
};
