import { type ContainerState, type ContainerStatus, type Pod, timestamp } from '../model.ts';

const TERMINATED_UNKNOWN = 255;

/** The end of a run that ended with the node. */
export function interruption(before: ContainerStatus | undefined): ContainerState | undefined {
  if (before?.state.running === undefined) return undefined;
  const { startedAt } = before.state.running;
  const message = 'The local cloud ended while the container was running.';
  const finishedAt = timestamp();
  return { terminated: { exitCode: TERMINATED_UNKNOWN, reason: 'Unknown', message, startedAt, finishedAt } };
}

/** The end of a container that its pod's policy does not restart; undefined if it runs again. */
export function pastEnd(state: ContainerState | undefined, { spec }: Pod): ContainerState | undefined {
  if (state?.terminated === undefined || spec.restartPolicy === 'Always') return undefined;
  const failed = state.terminated.exitCode !== 0;
  return spec.restartPolicy === 'OnFailure' && failed ? undefined : state;
}
