import { join } from 'node:path';
import type { Container, ContainerState, ContainerStatus, Pod } from '../model.ts';
import type { Command } from './environment.ts';
import type { UnpackedImage } from './images.ts';
import type { Node } from './node.ts';
import { createOutput, type Output, outputFile, removeOutput } from './output.ts';
import type { RunningProcess } from './processes.ts';
import { createRateLimit, type RateLimit } from './rate-limit.ts';

/** A run of a container, from the start of its process to the end. */
export interface Run {
  readonly process: RunningProcess;
  readonly command: Command;
  readonly startedAt: number;
  readonly over: AbortController;
  readonly written: Output;
  killed: boolean;
  outOfMemory: boolean;
}

/** A container over all its runs: the shared state of its phases, and its status. */
export interface Life {
  readonly node: Node;
  readonly spec: Container;
  /** The present object of its pod. */
  pod(): Pod;
  readonly home: string;
  /** The folder of its output. */
  readonly folder: string;
  /** The key of its process in the records. */
  readonly key: string;
  readonly shipped: RateLimit;
  /** Aborted when the container must end permanently. */
  readonly stopping: AbortSignal;
  /** Resolves when `stopping` is aborted. */
  readonly stopped: Promise<undefined>;
  /** Called after each change of the status. */
  changed(): void;
  restarts: number;
  ready: boolean;
  started: boolean;
  image: UnpackedImage | undefined;
  state: ContainerState;
  lastState: ContainerState;
  output: Output | undefined;
  previous: Output | undefined;
  run: Run | undefined;
}

/** A container before its first run in this life of the node. `before` is its status in an earlier life. */
export function newLife(
  node: Node,
  pod: () => Pod,
  spec: Container,
  before: ContainerStatus | undefined,
  stopping: AbortSignal,
  changed: () => void,
): Life {
  return {
    node,
    spec,
    pod,
    home: join(node.homeOf(pod()), spec.name),
    folder: join(node.outputOf(pod()), spec.name),
    key: `${pod().metadata.uid}/${spec.name}`,
    shipped: createRateLimit(node.linesPerSecond, (line) => node.ship(pod(), spec.name, line)),
    stopping,
    stopped: new Promise((resolve) => {
      stopping.addEventListener('abort', () => resolve(undefined));
    }),
    changed,
    restarts: before?.restartCount ?? 0,
    ready: false,
    started: false,
    image: undefined,
    state: { waiting: { reason: 'ContainerCreating' } },
    lastState: before?.lastState ?? {},
    output: undefined,
    previous: undefined,
    run: undefined,
  };
}

export function become(life: Life, state: ContainerState): void {
  life.state = state;
  life.changed();
}

export function wait(life: Life, reason: string, message: string): void {
  become(life, { waiting: { reason, message } });
}

/** Records an event of the pod. */
export function tell({ node, pod }: Life, type: 'Normal' | 'Warning', reason: string, message: string): void {
  node.record(pod(), type, reason, message);
}

/** Opens the output of the next run; of earlier runs only the last is kept. */
export function openOutput(life: Life): Output {
  const { folder, restarts } = life;
  life.previous = life.output ?? life.previous;
  if (restarts > 1) void removeOutput(outputFile(folder, restarts - 2));
  life.output = createOutput(outputFile(folder, restarts), life.shipped);
  return life.output;
}

export function statusOf({ spec, image, ready, started, restarts, state, lastState, run }: Life): ContainerStatus {
  return {
    name: spec.name,
    image: spec.image ?? '',
    imageID: image?.digest ?? '',
    ready,
    started,
    restartCount: restarts,
    state,
    lastState,
    ...(run === undefined ? {} : { containerID: `process://${run.process.pid}` }),
  };
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
