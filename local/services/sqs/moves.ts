import { type AnyOperation, AwsError } from '../../kernel/service.ts';
import { operation } from '../../wire/operation.ts';
import { queueAt, runTask, type StartInput, startTask, type Task, type TaskParts, tasksOf } from './move-task.ts';

/** AWS answers the ten newest tasks of a queue at most. */
const LISTED = 10;

export interface Moves {
  readonly operations: Readonly<Record<string, AnyOperation>>;
  /** Continues the tasks of the process before this one. */
  resume(): void;
}

/**
 * Tasks that move the messages of a dead-letter queue back to their queues, or to one queue that the caller names. Each message moves in one
 * transaction and becomes a new one, with a new id and a fresh count. A task survives the process.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
 */
export function createMoves(given: Omit<TaskParts, 'rows'>): Moves {
  const parts = { ...given, rows: given.store.collection<Task>('sqs-move') };
  return {
    operations: {
      StartMessageMoveTask: startMessageMoveTask(parts),
      ListMessageMoveTasks: listMessageMoveTasks(parts),
    },
    resume() {
      for (const [, task] of parts.rows.entries()) if (task.status === 'RUNNING') void runTask(parts, task);
    },
  };
}

function startMessageMoveTask(parts: TaskParts): AnyOperation {
  return operation({
    uses: ['SourceArn', 'DestinationArn', 'MaxNumberOfMessagesPerSecond'],
    // The task receives, deletes and sends with the caller's rights.
    access: (input: StartInput) => [
      ...['StartMessageMoveTask', 'ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes'].map((action) => ({
        action: `sqs:${action}`,
        resource: queueAt(parts, input.SourceArn).arn,
      })),
      ...destinationsOf(parts, input).map((resource) => ({ action: 'sqs:SendMessage', resource })),
    ],
    handle: (input: StartInput) => ({ TaskHandle: startTask(parts, input).handle }),
  });
}

function destinationsOf(parts: TaskParts, { SourceArn, DestinationArn }: StartInput): readonly string[] {
  if (DestinationArn !== undefined) return [DestinationArn];
  return parts.sourcesOf(queueAt(parts, SourceArn)).map(({ arn }) => arn);
}

function listMessageMoveTasks(parts: TaskParts): AnyOperation {
  return operation({
    uses: ['SourceArn', 'MaxResults'],
    access: ({ SourceArn }: { readonly SourceArn: string }) => [
      { action: 'sqs:ListMessageMoveTasks', resource: queueAt(parts, SourceArn).arn },
    ],
    handle: ({ SourceArn, MaxResults = 1 }: { readonly SourceArn: string; readonly MaxResults?: number }) => {
      if (MaxResults < 1 || MaxResults > LISTED) {
        throw new AwsError('InvalidParameterValue', `MaxResults must be between 1 and ${LISTED}.`);
      }
      return { Results: tasksOf(parts, SourceArn).slice(-MaxResults).reverse().map(present) };
    },
  });
}

/** AWS returns a handle only while the task can be cancelled. */
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
