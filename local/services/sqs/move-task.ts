import { setTimeout as sleep } from 'node:timers/promises';
import { AwsError } from '../../kernel/service.ts';
import type { Collection, Store } from '../../kernel/store.ts';
import type { Queue } from './queue.ts';

/** How many messages one step of a task moves without a given rate, and the pause between steps, in milliseconds. */
const STEP = { messages: 100, ms: 10 };
const MAX_RATE = 500;

/** A stored task that moves messages. */
export interface Task {
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

export interface StartInput {
  readonly SourceArn: string;
  readonly DestinationArn?: string;
  readonly MaxNumberOfMessagesPerSecond?: number;
}

/** The parts for tasks. */
export interface TaskParts {
  readonly store: Store;
  readonly rows: Collection<Task>;
  /** Throws `QueueDoesNotExist`. */
  byArn(arn: string): Queue;
  /** The queues that name this one as their dead-letter queue. */
  sourcesOf(deadLetters: Queue): readonly Queue[];
  readonly closing: AbortSignal;
}

/** The tasks of a source queue, the oldest first. */
export function tasksOf({ rows }: TaskParts, source: string): readonly Task[] {
  return rows.entries(`${source}/`).map(([, task]) => task);
}

/** Starts a task. Throws AWS's error for invalid queues or rates, and for a second task of the same source. */
export function startTask(parts: TaskParts, input: StartInput): Task {
  const { SourceArn, DestinationArn, MaxNumberOfMessagesPerSecond: rate } = input;
  const source = queueAt(parts, SourceArn);
  if (DestinationArn !== undefined) queueAt(parts, DestinationArn);
  if (parts.sourcesOf(source).length === 0) {
    throw new AwsError('InvalidParameterValue', 'Source queue must be configured as a Dead Letter Queue.');
  }
  if (rate !== undefined && (rate < 1 || rate > MAX_RATE)) {
    throw new AwsError('InvalidParameterValue', `MaxNumberOfMessagesPerSecond must be between 1 and ${MAX_RATE}.`);
  }
  if (tasksOf(parts, source.arn).some(({ status }) => status === 'RUNNING')) {
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
  save(parts, task);
  void runTask(parts, task);
  return task;
}

/** Moves messages until none is left, the task fails, or the cloud stops. */
export async function runTask(parts: TaskParts, task: Task): Promise<void> {
  const { closing } = parts;
  const [max, pause] = task.rate === undefined ? [STEP.messages, STEP.ms] : [task.rate, 1000];
  try {
    while (step(parts, task, max)) await sleep(pause, undefined, { signal: closing });
    task.status = 'COMPLETED';
  } catch (error) {
    if (closing.aborted) return;
    task.status = 'FAILED';
    task.failure = error instanceof Error ? error.message : String(error);
  }
  save(parts, task);
}

/** Throws `ResourceNotFoundException` for a missing queue. */
export function queueAt({ byArn }: TaskParts, arn: string): Queue {
  try {
    return byArn(arn);
  } catch (cause) {
    if (!(cause instanceof AwsError)) throw cause;
    throw new AwsError('ResourceNotFoundException', `The resource that you specified does not exist: ${arn}`, 404);
  }
}

/** Moves one step; false once nothing is left to receive. */
function step(parts: TaskParts, task: Task, max: number): boolean {
  const { store, byArn } = parts;
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
    save(parts, task);
    return count;
  });
  for (const queue of reached) queue.wake();
  return moved > 0;
}

function save({ rows }: TaskParts, task: Task): void {
  const { source, startedAt, handle } = task;
  rows.put(`${source}/${String(startedAt).padStart(15, '0')}/${handle}`, task);
}
