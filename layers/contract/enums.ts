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
  'rehearse',
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

export const alertMetrics = ['error-rate', 'p95', 'cpu', 'memory', 'restarts', 'uptime'] as const;

export const alertStates = ['ok', 'firing', 'silenced'] as const;

export const missingDataRules = ['ok', 'keep', 'firing'] as const;

export const channelKinds = ['webhook', 'slack', 'discord', 'teams', 'pagerduty'] as const;

export const noticeTypes = [
  'alert.fired',
  'alert.resolved',
  'deployment.live',
  'deployment.failed',
  'database.ready',
  'database.failed',
  'backup.failed',
  'member.joined',
  'member.changed',
  'member.removed',
] as const;

export const noticeStatuses = ['pending', 'delivered', 'failed'] as const;
