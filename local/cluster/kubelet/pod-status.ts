import { qosClassOf } from '../kinds/pods.ts';
import type { Condition, ContainerStatus, Pod, PodStatus } from '../model.ts';
import { timestamp, withCondition } from '../model.ts';
import { sameValue } from '../values.ts';
import { addressOf } from './address.ts';
import { canMount } from './mounts.ts';

const LOOPBACK = '127.0.0.1';

/** A setting of a pod that a process cannot have; undefined without one. */
export function unsupported(pod: Pod): string | undefined {
  const { spec } = pod;
  const asked = [
    spec.activeDeadlineSeconds !== undefined ? 'spec.activeDeadlineSeconds' : undefined,
    (spec.initContainers ?? []).length > 0 ? 'spec.initContainers' : undefined,
    canMount(pod) ? undefined : 'volumeMounts of anything but a ConfigMap',
    spec.containers.some(({ lifecycle }) => lifecycle?.postStart !== undefined) ? 'lifecycle.postStart' : undefined,
    spec.containers.some(({ lifecycle }) => lifecycle?.preStop?.httpGet !== undefined)
      ? 'lifecycle.preStop.httpGet'
      : undefined,
  ].find((each) => each !== undefined);
  return asked === undefined ? undefined : `${asked} is not emulated by the local node`;
}

/** The status of a pod with these container statuses; the present one if nothing has changed. */
export function statusOf(pod: Pod, statuses: ContainerStatus[]): PodStatus {
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

/** The kubelet's message about readiness gates that keep a pod unready; empty without one. */
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

/** The statuses of containers that cannot run, and why. */
export function refusedStatuses({ spec }: Pod, why: string): ContainerStatus[] {
  return spec.containers.map(({ name, image = '' }) => ({
    name,
    image,
    imageID: '',
    ready: false,
    started: false,
    restartCount: 0,
    state: { waiting: { reason: 'CreateContainerConfigError', message: why } },
    lastState: {},
  }));
}
