import { rm } from 'node:fs/promises';
import type { ExecRequest, RunningCommand } from '../api/exec-port.ts';
import { PODS } from '../kinds/pods.ts';
import type { ContainerStatus, Pod } from '../model.ts';
import type { Registry } from '../registry/registry.ts';
import { type ContainerRunner, runContainer } from './container.ts';
import type { Node } from './node.ts';
import type { Output } from './output.ts';
import { refusedStatuses, statusOf, unsupported } from './pod-status.ts';
import { hostPorts, PORTS_ANNOTATION, type Reservation, reservePort } from './ports.ts';

/** The one node of the local cluster. */
export const NODE_NAME = 'local';
const OPTIONS = { manager: 'kubelet' } as const;
const STATUS = { ...OPTIONS, subresource: 'status' } as const;

/** A running pod of this node. */
export interface PodRunner {
  /** Takes in a change of the object, such as its deletion. */
  update(pod: Pod): void;
  output(container: string, previous: boolean): Output | undefined;
  /** Starts a command in a running container; undefined when the container does not run. */
  exec(container: string, asked: ExecRequest): Promise<RunningCommand> | undefined;
  /** The object is gone: everything of the pod must end. */
  discard(): Promise<void>;
  /** This process ends, and the object stays: SIGTERM, then SIGKILL after the grace. */
  halt(graceSeconds: number): Promise<void>;
}

/** The shared state of a pod's phases. */
interface PodLife {
  readonly node: Node;
  readonly registry: Registry;
  /** The object as it was last seen. */
  pod: Pod;
  runners: readonly ContainerRunner[];
  reservations: readonly Reservation[];
  /** Set when this process releases the pod: its status is no longer written. */
  halted: boolean;
  /** True while a change of its status waits to be written. */
  announced: boolean;
  ending: Promise<void> | undefined;
}

/** Binds a pod to this node, runs its containers and keeps its status until it is deleted. */
export function runPod(node: Node, registry: Registry, first: Pod): PodRunner {
  const life: PodLife = {
    node,
    registry,
    pod: first,
    runners: [],
    reservations: [],
    halted: false,
    announced: false,
    ending: undefined,
  };
  const runnerOf = (container: string) =>
    life.runners[life.pod.spec.containers.findIndex(({ name }) => name === container)];

  const starting = start(life).catch((error: unknown) =>
    refuse(life, error instanceof Error ? error.message : String(error)),
  );
  const runner: PodRunner = {
    update(next) {
      life.pod = next;
      if (next.metadata.deletionTimestamp !== undefined) life.ending ??= terminate(life, starting);
      if (next.spec.readinessGates !== undefined) announce(life);
    },
    output: (container, previous) => runnerOf(container)?.output(previous),
    exec: (container, asked) => runnerOf(container)?.exec(asked),
    async discard() {
      life.halted = true;
      await starting;
      await Promise.all(life.runners.map((each) => each.stop(0, false)));
      await release(life);
    },
    async halt(graceSeconds) {
      life.halted = true;
      await starting;
      await Promise.all(life.runners.map((each) => each.stop(graceSeconds, false)));
      for (const reservation of life.reservations) reservation.release();
    },
  };
  runner.update(first);
  return runner;
}

/** The present object, or the last one if the pod is gone. */
function current(life: PodLife): Pod {
  const { uid, namespace, name } = life.pod.metadata;
  const present = life.registry.objects.get(PODS, namespace, name);
  if (present?.metadata.uid === uid) life.pod = present;
  return life.pod;
}

/** Binds the pod to this node and starts its containers. */
async function start(life: PodLife): Promise<void> {
  const { node } = life;
  await bind(life);
  if (life.ending !== undefined || life.halted) return;
  const { pod } = life;
  const refused = unsupported(pod);
  if (refused !== undefined) return refuse(life, refused);
  const { namespace, name } = pod.metadata;
  if (pod.status?.startTime === undefined)
    node.record(pod, 'Normal', 'Scheduled', `Assigned ${namespace}/${name} to ${NODE_NAME}`);
  const before = pod.status?.containerStatuses ?? [];
  life.runners = pod.spec.containers.map((spec) => {
    const earlier = before.find((each) => each.name === spec.name);
    return runContainer(
      node,
      () => current(life),
      spec,
      earlier,
      () => announce(life),
    );
  });
  publish(life);
}

/** Reserves a port of this machine for each declared port, the earlier one if possible. */
async function bind(life: PodLife): Promise<void> {
  const pod = current(life);
  const declared = pod.spec.containers.flatMap(({ ports = [] }) => ports.map(({ containerPort }) => containerPort));
  const before = hostPorts(pod);
  const ports: Record<string, number> = {};
  for (const container of new Set(declared)) {
    const reservation = await reservePort(before.get(container));
    life.reservations = [...life.reservations, reservation];
    ports[container] = reservation.port;
  }
  const change = (draft: Pod) => {
    draft.spec.nodeName = NODE_NAME;
    draft.metadata.annotations = { ...draft.metadata.annotations, [PORTS_ANNOTATION]: JSON.stringify(ports) };
  };
  life.pod = life.registry.modify(PODS, current(life), change, OPTIONS) ?? life.pod;
}

/** Shows why the pod cannot run. */
function refuse(life: PodLife, why: string): void {
  life.node.record(life.pod, 'Warning', 'Failed', why);
  writeStatus(life, life.pod, refusedStatuses(life.pod, why));
}

/** Writes the status soon: changes that come together are written once. */
function announce(life: PodLife): void {
  if (life.announced) return;
  life.announced = true;
  queueMicrotask(() => publish(life));
}

function publish(life: PodLife): void {
  life.announced = false;
  if (life.halted || life.runners.length === 0) return;
  const statuses = life.runners.map((runner) => runner.status());
  writeStatus(life, current(life), statuses);
}

function writeStatus(life: PodLife, pod: Pod, statuses: ContainerStatus[]): void {
  const change = (draft: Pod) => {
    draft.status = statusOf(draft, statuses);
  };
  life.pod = life.registry.modify(PODS, pod, change, STATUS) ?? life.pod;
}

/** Ends the containers of a pod being deleted, then releases its object. */
async function terminate(life: PodLife, starting: Promise<void>): Promise<void> {
  await starting;
  const { node, registry, runners } = life;
  const { namespace, name, uid, deletionGracePeriodSeconds: grace = 30 } = current(life).metadata;
  if (runners.length > 0) node.record(life.pod, 'Normal', 'Killing', `Stopping ${runners.length} container(s)`);
  await Promise.all(runners.map((runner) => runner.stop(grace, true)));
  if (life.halted) return;
  publish(life);
  if (registry.objects.get(PODS, namespace, name)?.metadata.uid === uid) {
    registry.remove(PODS, namespace, name, { graceSeconds: 0 });
  }
  await release(life);
}

/** Releases the ports, and deletes the folders. */
async function release(life: PodLife): Promise<void> {
  const { node, pod } = life;
  for (const reservation of life.reservations) reservation.release();
  life.reservations = [];
  for (const folder of [node.outputOf(pod), node.homeOf(pod)])
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
}
