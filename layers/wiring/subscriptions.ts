import { type EventName, events } from '@gantry/contract/events.ts';

export interface Subscription {
  /** The consumer's entry point, `functions/<function>.ts`. */
  readonly function: string;
  readonly events: readonly EventName[];
  /** What of the event's data must match besides, as a pattern of EventBridge. */
  readonly data?: Readonly<Record<string, unknown>>;
  /** How many invocations may run at once, 2 to 1000. */
  readonly maxConcurrency: number;
  /** For a consumer that holds one thing for long: its time limit in seconds, 30 where absent. It gets one event at a time. */
  readonly holdsSeconds?: number;
}

/** What topics bring. */
const readable = (Object.keys(events) as EventName[]).filter((name) => events[name].reader !== undefined);

/** Who consumes what: each gets a rule, a queue and a dead-letter queue of its name. */
export const subscriptions = {
  'deployment-start': { function: 'deploy/start', events: ['deployment.queued'], maxConcurrency: 10 },
  'deployment-end': {
    function: 'deploy/clean-up',
    events: ['deployment.finished', 'service.stopped'],
    maxConcurrency: 10,
  },
  // All write the record of the installation: more of them at once would only wait for each other.
  'deployment-timings': { function: 'deploy/count-timings', events: ['deployment.finished'], maxConcurrency: 2 },
  // Requests for a look, also of the cluster, come into the same queue.
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
    events: ['database.created', 'database.deletion-requested'],
    maxConcurrency: 5,
  },
  'source-report': {
    function: 'source/report',
    events: ['deployment.queued', 'deployment.advanced', 'deployment.finished'],
    data: { source: { kind: ['github'] } },
    maxConcurrency: 5,
  },
  // As many commands run at a time in all services together.
  'exec-run': { function: 'exec/run', events: ['exec.requested'], maxConcurrency: 50, holdsSeconds: 900 },
  'realtime-push': { function: 'realtime/push', events: readable, maxConcurrency: 10 },
  'realtime-leave': {
    function: 'realtime/leave',
    events: ['member.changed', 'member.removed', 'session.ended'],
    maxConcurrency: 5,
  },
} as const satisfies Record<string, Subscription>;

export type Consumer = keyof typeof subscriptions;
