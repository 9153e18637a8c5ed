/* The words that records and schemas share. They stand apart from the schemas, so that a function which only needs the words starts faster. */

export const serviceKinds = ['web', 'worker', 'cron'] as const;

export const deploymentStatuses = [
  'queued',
  'building',
  'deploying',
  'live',
  'failed',
  'superseded',
  'cancelled',
  'skipped',
  'removed',
  'rolled_back',
] as const;

export const stepNames = [
  'prepare',
  'fetch',
  'queue',
  'build',
  'release-command',
  'rollout',
  'verify',
  'shift',
  'finish',
  'revert',
] as const;

export const verdicts = ['good', 'bad', 'unclear'] as const;

export const databaseEngines = ['postgres', 'mysql', 'redis', 'mongodb'] as const;

export const databaseSizes = ['micro', 'small', 'medium', 'large'] as const;

export const databaseStatuses = ['creating', 'ready', 'failed', 'deleting'] as const;
