import { setTimeout as sleep } from 'node:timers/promises';
import { type AnyOperation, AwsError } from '../../kernel/service.ts';
import type { Store } from '../../kernel/store.ts';
import { operation } from '../../wire/operation.ts';
import type { Queue } from './queue.ts';

/** How many messages one step of a task moves where the caller gave no rate, and how often steps follow, in milliseconds. */
const STEP = { messages: 100, ms: 10 };
const MAX_RATE = 500;
/** AWS answers the ten newest tasks of a queue at most. */
const LISTED = 10;

interface Task {
  readonly handle: string;
  readonly source: string;
  readonly destination?: string;
  readonly rate?: number;
  readonly startedAt: number;
  readonly toMove: number;
  moved: number;
  status: 'RUNNING' | 'COMPLETED' | 'FAILED';
  failure?: string;
}

interface StartInput {
  readonly SourceArn: string;
  readonly DestinationArn?: string;
  readonly MaxNumberOfMessagesPerSecond?: number;
}

export interface MovesOptions {
  readonly store: Store;
  /** Throws `QueueDoesNotExist`. */
  byArn(arn: string): Queue;
  /** The queues that name this one as their dead-letter queue. */
  sourcesOf(deadLetters: Queue): readonly Queue[];
  readonly closing: AbortSignal;
}

export interface Moves {
  readonly operations: Readonly<Record<string, AnyOperation>>;
  /** Goes on with the tasks that the process before this one left. */
  resume(): void;
}

/**
 * Tasks that move the messages of a dead-letter queue back to where they came from, or to one queue that the caller names. Each message
 * moves in one transaction and becomes a new one, with a new id and a fresh count. A task survives the process.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
 */
export function createMoves({ store, byArn, sourcesOf, closing }: MovesOptions): Moves {
  const rows = store.collection<Task>('sqs-move');
  const keyOf = ({ source, startedAt, handle }: Task) => `${source}/${String(startedAt).padStart(15, '0')}/${handle}`;
  const tasksOf = (source: string) => rows.entries(`${source}/`).map(([, task]) => task);
  const save = (task: Task) => rows.put(keyOf(task), task);

  /** Moves one step; false once nothing is left to receive. */
  function step(task: Task, max: number): boolean {
    const reached = new Set<Queue>();
    const moved = store.atomically(() => {
      const count = byArn(task.source).moveOut(max, (message) => {
        const origin = task.destination ?? message.deadLetterSource;
        if (origin === undefined) throw new Error('CouldNotDetermineMessageSource');
        const to = byArn(origin);
        reached.add(to);
        return to;
      });
      task.moved += count;
      save(task);
      return count;
    });
    for (const queue of reached) queue.wake();
    return moved > 0;
  }

  async function run(task: Task): Promise<void> {
    const [max, pause] = task.rate === undefined ? [STEP.messages, STEP.ms] : [task.rate, 1000];
    try {
      while (step(task, max)) await sleep(pause, undefined, { signal: closing });
      task.status = 'COMPLETED';
    } catch (error) {
      if (closing.aborted) return;
      task.status = 'FAILED';
      task.failure = error instanceof Error ? error.message : String(error);
    }
    save(task);
  }

  function start({ SourceArn, DestinationArn, MaxNumberOfMessagesPerSecond: rate }: StartInput): Task {
    const source = queueAt(SourceArn);
    if (DestinationArn !== undefined) queueAt(DestinationArn);
    if (sourcesOf(source).length === 0) {
      throw new AwsError('InvalidParameterValue', 'Source queue must be configured as a Dead Letter Queue.');
    }
    if (rate !== undefined && (rate < 1 || rate > MAX_RATE)) {
      throw new AwsError('InvalidParameterValue', `MaxNumberOfMessagesPerSecond must be between 1 and ${MAX_RATE}.`);
    }
    if (tasksOf(source.arn).some(({ status }) => status === 'RUNNING')) {
      throw new AwsError('UnsupportedOperation', 'There is already a task running for this source queue.');
    }
    const task: Task = {
      handle: Buffer.from(JSON.stringify({ taskId: crypto.randomUUID(), sourceArn: source.arn })).toString('base64'),
      source: source.arn,
      ...(DestinationArn !== undefined && { destination: DestinationArn }),
      ...(rate !== undefined && { rate }),
      startedAt: Date.now(),
      toMove: source.counts().visible,
      moved: 0,
      status: 'RUNNING',
    };
    save(task);
    void run(task);
    return task;
  }

  function queueAt(arn: string): Queue {
    try {
      return byArn(arn);
    } catch (cause) {
      if (!(cause instanceof AwsError)) throw cause;
      throw new AwsError('ResourceNotFoundException', `The resource that you specified does not exist: ${arn}`, 404);
    }
  }

  const destinationsOf = ({ SourceArn, DestinationArn }: StartInput) =>
    DestinationArn === undefined ? sourcesOf(queueAt(SourceArn)).map(({ arn }) => arn) : [DestinationArn];

  return {
    operations: {
      StartMessageMoveTask: operation({
        uses: ['SourceArn', 'DestinationArn', 'MaxNumberOfMessagesPerSecond'],
        // The task receives, deletes and sends in the caller's name.
        access: (input: StartInput) => [
          ...['StartMessageMoveTask', 'ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes'].map((action) => ({
            action: `sqs:${action}`,
            resource: queueAt(input.SourceArn).arn,
          })),
          ...destinationsOf(input).map((resource) => ({ action: 'sqs:SendMessage', resource })),
        ],
        handle: (input: StartInput) => ({ TaskHandle: start(input).handle }),
      }),
      ListMessageMoveTasks: operation({
        uses: ['SourceArn', 'MaxResults'],
        access: ({ SourceArn }: { readonly SourceArn: string }) => [
          { action: 'sqs:ListMessageMoveTasks', resource: queueAt(SourceArn).arn },
        ],
        handle: ({ SourceArn, MaxResults = 1 }: { readonly SourceArn: string; readonly MaxResults?: number }) => {
          if (MaxResults < 1 || MaxResults > LISTED) {
            throw new AwsError('InvalidParameterValue', `MaxResults must be between 1 and ${LISTED}.`);
          }
          return { Results: tasksOf(SourceArn).slice(-MaxResults).reverse().map(present) };
        },
      }),
    },
    resume() {
      for (const [, task] of rows.entries()) if (task.status === 'RUNNING') void run(task);
    },
  };
}

/** AWS gives a handle only while there is something to cancel by it. */
function present(task: Task) {
  return {
    ...(task.status === 'RUNNING' && { TaskHandle: task.handle }),
    Status: task.status,
    SourceArn: task.source,
    ...(task.destination !== undefined && { DestinationArn: task.destination }),
    ...(task.rate !== undefined && { MaxNumberOfMessagesPerSecond: task.rate }),
    ApproximateNumberOfMessagesMoved: task.moved,
    ApproximateNumberOfMessagesToMove: task.toMove,
    ...(task.failure !== undefined && { FailureReason: task.failure }),
    StartedTimestamp: task.startedAt,
  };
}
