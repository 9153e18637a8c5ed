import { rm } from 'node:fs/promises';
import type { ExecRequest, RunningCommand } from '../api/exec-port.ts';
import { PODS, qosClassOf } from '../kinds/pods.ts';
import type { Condition, ContainerStatus, Pod, PodStatus } from '../model.ts';
import { timestamp, withCondition } from '../model.ts';
import type { Registry } from '../registry/registry.ts';
import { sameValue } from '../values.ts';
import { addressOf } from './address.ts';
import { type ContainerRunner, type Node, runContainer } from './container.ts';
import type { Output } from './output.ts';
import { hostPorts, PORTS_ANNOTATION, type Reservation, reservePort } from './ports.ts';

/** The one node of the local cluster. */
export const NODE_NAME = 'local';
const LOOPBACK = '127.0.0.1';
const OPTIONS = { manager: 'kubelet' } as const;
const STATUS = { ...OPTIONS, subresource: 'status' } as const;

/** A pod that this node runs. */
export interface PodRunner {
  /** Takes over a change of the object: its deletion begins here. */
  update(pod: Pod): void;
  output(container: string, previous: boolean): Output | undefined;
  /** Starts a command beside a container; undefined where that does not run. */
  exec(container: string, asked: ExecRequest): Promise<RunningCommand> | undefined;
  /** The object is gone: nothing of it may go on. */
  discard(): Promise<void>;
  /** This process ends, and the object stays: SIGTERM, then SIGKILL after the grace. */
  halt(graceSeconds: number): Promise<void>;
}

/** Binds a pod to this node, runs its containers and keeps its status until it is deleted. */
export function runPod(node: Node, registry: Registry, first: Pod): PodRunner {
  const { uid, namespace, name } = first.metadata;
  let pod = first;
  let runners: ContainerRunner[] = [];
  let reservations: Reservation[] = [];
  let ending: Promise<void> | undefined;
  let halted = false;
  let announced = false;

  const current = () => {
    const live = registry.objects.get(PODS, namespace, name);
    if (live?.metadata.uid === uid) pod = live;
    return pod;
  };
  const publish = () => {
    announced = false;
    if (halted || runners.length === 0) return;
    const statuses = runners.map((runner) => runner.status());
    const change = (draft: Pod) => {
      draft.status = statusOf(draft, statuses);
    };
    pod = registry.modify(PODS, current(), change, STATUS) ?? pod;
  };
  const changed = () => {
    if (announced) return;
    announced = true;
    queueMicrotask(publish);
  };

  const bind = async () => {
    const declared = current().spec.containers.flatMap(({ ports = [] }) =>
      ports.map(({ containerPort }) => containerPort),
    );
    const before = hostPorts(pod);
    const ports: Record<string, number> = {};
    for (const container of new Set(declared)) {
      const reservation = await reservePort(before.get(container));
      reservations.push(reservation);
      ports[container] = reservation.port;
    }
    const change = (draft: Pod) => {
      draft.spec.nodeName = NODE_NAME;
      draft.metadata.annotations = { ...draft.metadata.annotations, [PORTS_ANNOTATION]: JSON.stringify(ports) };
    };
    pod = registry.modify(PODS, current(), change, OPTIONS) ?? pod;
  };

  const start = async () => {
    await bind();
    if (ending !== undefined || halted) return;
    const refused = unsupported(pod);
    if (refused !== undefined) return refuse(refused);
    if (pod.status?.startTime === undefined)
      node.record(pod, 'Normal', 'Scheduled', `Assigned ${namespace}/${name} to ${NODE_NAME}`);
    const before = pod.status?.containerStatuses ?? [];
    runners = pod.spec.containers.map((spec) =>
      runContainer(
        node,
        current,
        spec,
        before.find((each) => each.name === spec.name),
        changed,
      ),
    );
    publish();
  };
  const refuse = (why: string) => {
    const statuses = pod.spec.containers.map(
      (spec): ContainerStatus => ({
        name: spec.name,
        image: spec.image ?? '',
        imageID: '',
        ready: false,
        started: false,
        restartCount: 0,
        state: { waiting: { reason: 'CreateContainerConfigError', message: why } },
        lastState: {},
      }),
    );
    node.record(pod, 'Warning', 'Failed', why);
    const change = (draft: Pod) => {
      draft.status = statusOf(draft, statuses);
    };
    pod = registry.modify(PODS, pod, change, STATUS) ?? pod;
  };

  const release = async () => {
    for (const reservation of reservations) reservation.release();
    reservations = [];
    for (const folder of [node.outputOf(pod), node.homeOf(pod)])
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  const terminate = async () => {
    await starting;
    const grace = current().metadata.deletionGracePeriodSeconds ?? 30;
    if (runners.length > 0) node.record(pod, 'Normal', 'Killing', `Stopping ${runners.length} container(s)`);
    await Promise.all(runners.map((runner) => runner.stop(grace, true)));
    if (halted) return;
    publish();
    if (registry.objects.get(PODS, namespace, name)?.metadata.uid === uid) {
      registry.remove(PODS, namespace, name, { graceSeconds: 0 });
    }
    await release();
  };

  const runnerOf = (container: string) => runners[pod.spec.containers.findIndex(({ name }) => name === container)];

  const starting = start().catch((error: unknown) => refuse(error instanceof Error ? error.message : String(error)));
  const runner: PodRunner = {
    update(next) {
      pod = next;
      if (next.metadata.deletionTimestamp !== undefined) ending ??= terminate();
      if (next.spec.readinessGates !== undefined) changed();
    },
    output: (container, previous) => runnerOf(container)?.output(previous),
    exec: (container, asked) => runnerOf(container)?.exec(asked),
    async discard() {
      halted = true;
      await starting;
      await Promise.all(runners.map((each) => each.stop(0, false)));
      await release();
    },
    async halt(graceSeconds) {
      halted = true;
      await starting;
      await Promise.all(runners.map((each) => each.stop(graceSeconds, false)));
      for (const reservation of reservations) reservation.release();
    },
  };
  runner.update(first);
  return runner;
}

/** What a pod asks for that a process cannot be given, or undefined. */
function unsupported({ spec }: Pod): string | undefined {
  const asked = [
    spec.activeDeadlineSeconds !== undefined ? 'spec.activeDeadlineSeconds' : undefined,
    (spec.initContainers ?? []).length > 0 ? 'spec.initContainers' : undefined,
    spec.containers.some(({ volumeMounts = [] }) => volumeMounts.length > 0) ? 'volumeMounts' : undefined,
    spec.containers.some(({ lifecycle }) => lifecycle?.postStart !== undefined) ? 'lifecycle.postStart' : undefined,
    spec.containers.some(({ lifecycle }) => lifecycle?.preStop?.httpGet !== undefined)
      ? 'lifecycle.preStop.httpGet'
      : undefined,
  ].find((each) => each !== undefined);
  return asked === undefined ? undefined : `${asked} is not emulated by the local node`;
}

function statusOf(pod: Pod, statuses: ContainerStatus[]): PodStatus {
  const before = pod.status;
  const unready = statuses.filter(({ ready }) => !ready).map(({ name }) => name);
  const phase = phaseOf(pod, statuses);
  const reason = phase === 'Succeeded' ? 'PodCompleted' : 'ContainersNotReady';
  const message = `containers with unready status: [${unready.join(' ')}]`;
  const ready = (type: string): Condition =>
    unready.length === 0 ? { type, status: 'True' } : { type, status: 'False', reason, message };
  const gated = unready.length === 0 ? closedGates(pod) : '';
  let conditions = before?.conditions;
  const wanted: Condition[] = [
    { type: 'PodScheduled', status: 'True' },
    { type: 'Initialized', status: 'True' },
    ready('ContainersReady'),
    gated === ''
      ? ready('Ready')
      : { type: 'Ready', status: 'False', reason: 'ReadinessGatesNotReady', message: gated },
  ];
  for (const each of wanted) conditions = withCondition(conditions, each);
  const address = addressOf(pod);
  const next: PodStatus = {
    phase,
    conditions: conditions ?? [],
    hostIP: LOOPBACK,
    podIP: address,
    podIPs: [{ ip: address }],
    startTime: before?.startTime ?? timestamp(),
    qosClass: qosClassOf(pod),
    containerStatuses: statuses,
  };
  return before !== undefined && sameValue(before, next) ? before : next;
}

/** What a kubelet says of the readiness gates that keep a pod from being ready; empty where none does. */
function closedGates({ spec, status }: Pod): string {
  const told = (spec.readinessGates ?? []).flatMap(({ conditionType: type }) => {
    const held = status?.conditions?.find((each) => each.type === type)?.status;
    if (held === 'True') return [];
    if (held === undefined) return [`corresponding condition of pod readiness gate "${type}" does not exist.`];
    return [`the status of pod readiness gate "${type}" is not "True", but ${held}`];
  });
  return told.length > 1 ? `[${told.join(', ')}]` : (told[0] ?? '');
}

function phaseOf(pod: Pod, statuses: readonly ContainerStatus[]): PodStatus['phase'] {
  const never = ({ state, lastState }: ContainerStatus) =>
    state.waiting !== undefined && lastState.terminated === undefined;
  if (statuses.some(never)) return 'Pending';
  if (!statuses.every(({ state }) => state.terminated !== undefined)) return 'Running';
  const failed = statuses.some(({ state }) => state.terminated?.exitCode !== 0);
  const policy = pod.spec.restartPolicy ?? 'Always';
  const restarts = policy === 'Always' || (policy === 'OnFailure' && failed);
  if (restarts && pod.metadata.deletionTimestamp === undefined) return 'Running';
  return failed ? 'Failed' : 'Succeeded';
}
