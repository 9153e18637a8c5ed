import { badRequest } from '../api/errors.ts';
import type { LogReader, LogRequest, OutputLine } from '../api/logs.ts';
import type { Pod } from '../model.ts';
import { createOutput, type Output, outputFile } from './output.ts';
import type { PodRunner } from './pod.ts';

/** How many lines a follower may lag behind before it is cut off. */
const MAX_BEHIND = 50_000;
const NOWHERE = { line: () => undefined, dropped: () => undefined };

/** Reads the output of containers from running pods of this node, and of earlier pods from the rest of the container's folder. */
export function createLogReader(
  runnerOf: (pod: Pod) => PodRunner | undefined,
  folderOf: (pod: Pod, container: string) => string,
): LogReader {
  const ended = (pod: Pod, container: string, previous: boolean): Output | undefined => {
    const status = pod.status?.containerStatuses?.find(({ name }) => name === container);
    if (status?.state.terminated === undefined) return undefined;
    const run = status.restartCount - (previous ? 1 : 0);
    const output = run < 0 ? undefined : createOutput(outputFile(folderOf(pod, container), run), NOWHERE);
    void output?.close();
    return output;
  };
  return {
    read(pod, container, request) {
      const output = runnerOf(pod)?.output(container, request.previous) ?? ended(pod, container, request.previous);
      if (output !== undefined) return lines(output, request);
      const where = `container "${container}" in pod "${pod.metadata.name}"`;
      if (request.previous) throw badRequest(`previous terminated ${where} not found`);
      throw badRequest(`${where} is waiting to start: ${waitingReason(pod, container)}`);
    },
  };
}

function waitingReason({ status }: Pod, container: string): string {
  const found = status?.containerStatuses?.find(({ name }) => name === container);
  return found?.state.waiting?.reason ?? 'ContainerCreating';
}

async function* lines(
  output: Output,
  { follow, tailLines, since = 0, signal }: LogRequest,
): AsyncGenerator<OutputLine> {
  const queue: OutputLine[] = [];
  let wake: () => void = () => undefined;
  let from = Number.POSITIVE_INFINITY;
  let ended = false;
  const early: (readonly [OutputLine, number])[] = [];
  const unfollow = output.follow((line, number) => {
    if (from === Number.POSITIVE_INFINITY) early.push([line, number]);
    else if (number >= from) queue.push(line);
    wake();
  });
  void output.closed.then(() => {
    ended = true;
    wake();
  });
  signal.addEventListener('abort', () => wake());
  try {
    const kept = await output.read();
    from = kept.next;
    queue.push(...early.filter(([, number]) => number >= from).map(([line]) => line));
    const recent = kept.lines.filter(({ at }) => at >= since);
    yield* tailLines === undefined ? recent : tailLines === 0 ? [] : recent.slice(-tailLines);
    while (follow && !signal.aborted && queue.length <= MAX_BEHIND) {
      const batch = queue.splice(0);
      yield* batch;
      if (batch.length > 0) continue;
      if (ended) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    unfollow();
  }
}
