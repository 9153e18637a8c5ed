import { type EventName, events } from '@gantry/contract/events.ts';

export interface Subscription {
  /** The consumer's entry point, `functions/<function>.ts`. */
  readonly function: string;
  readonly events: readonly EventName[];
  /** A further condition on the event's data, as an EventBridge pattern. */
  readonly data?: Readonly<Record<string, unknown>>;
  /** The most parallel invocations, 2 to 1000. */
  readonly maxConcurrency: number;
  /** For a consumer that works on one event for long: its time limit in seconds, default 30. It gets one event at a time. */
  readonly holdsSeconds?: number;
}

/** The events that topics carry. */
const readable = (Object.keys(events) as EventName[]).filter((name) => events[name].reader !== undefined);

/** The events of each consumer. A consumer has its own rule, queue and dead-letter queue. */
export const subscriptions = {
  'deployment-start': { function: 'deploy/start', events: ['deployment.queued'], maxConcurrency: 10 },
  'deployment-end': {
    function: 'deploy/clean-up',
    events: ['deployment.finished', 'service.stopped'],
    maxConcurrency: 10,
  },
  // All invocations write the record of the installation: more in parallel would only wait for each other.
  'deployment-timings': { function: 'deploy/count-timings', events: ['deployment.finished'], maxConcurrency: 2 },
  // Requests for a look arrive in the same queue.
  'health-look': {
    function: 'health/look',
    events: ['deployment.finished'],
    data: { status: ['live'] },
    maxConcurrency: 5,
  },
  'deletion-start': {
    function: 'delete/start',
    events: ['project.deletion-requested', 'environment.deletion-requested', 'service.deletion-requested'],
    maxConcurrency: 5,
  },
  'database-start': {
    function: 'database/start',
    events: [
      'database.created',
      'database.change-requested',
      'database.rotation-requested',
      'database.deletion-requested',
      'backup.requested',
      'backup.deletion-requested',
    ],
    maxConcurrency: 5,
  },
  'database-rotated': {
    function: 'deploy/renew',
    events: ['database.rotated', 'database.switched'],
    maxConcurrency: 5,
  },
  'source-report': {
    function: 'source/report',
    events: ['deployment.queued', 'deployment.advanced', 'deployment.finished'],
    data: { source: { kind: ['github'] } },
    maxConcurrency: 5,
  },
  // Attempts that are due arrive in the same queue.
  notify: {
    function: 'notices/deliver',
    events: [
      'alert.fired',
      'alert.resolved',
      'deployment.finished',
      'database.ready',
      'database.failed',
      'backup.failed',
      'member.joined',
      'member.changed',
      'member.removed',
      'notice.requested',
    ],
    maxConcurrency: 10,
  },
  // The most commands that run at once, over all services.
  'exec-run': { function: 'exec/run', events: ['exec.requested'], maxConcurrency: 50, holdsSeconds: 900 },
  'realtime-push': { function: 'realtime/push', events: readable, maxConcurrency: 10 },
  'realtime-leave': {
    function: 'realtime/leave',
    events: ['member.changed', 'member.removed', 'session.ended'],
    maxConcurrency: 5,
  },
} as const satisfies Record<string, Subscription>;

export type Consumer = keyof typeof subscriptions;
