import type { Cause } from '../api/errors.ts';
import { invalidValue } from '../api/errors.ts';
import type { Container, Pod, PodSpec, Probe } from '../model.ts';
import { sameValue } from '../values.ts';
import type { Kind } from './kind.ts';
import { SCHEMAS } from './schema.ts';
import { validatePodSpec } from './validation.ts';

function completeProbe(probe: Probe | undefined): void {
  if (probe === undefined) return;
  probe.timeoutSeconds ??= 1;
  probe.periodSeconds ??= 10;
  probe.successThreshold ??= 1;
  probe.failureThreshold ??= 3;
  if (probe.httpGet === undefined) return;
  probe.httpGet.path ??= '/';
  probe.httpGet.scheme ??= 'HTTP';
}

function completeContainer(container: Container): void {
  const image = container.image ?? '';
  const floating = !image.includes('@') && (image.endsWith(':latest') || !/:[^/]+$/.test(image));
  container.imagePullPolicy ??= floating ? 'Always' : 'IfNotPresent';
  container.terminationMessagePath ??= '/dev/termination-log';
  container.terminationMessagePolicy ??= 'File';
  container.resources ??= {};
  for (const port of container.ports ?? []) port.protocol ??= 'TCP';
  for (const variable of container.env ?? []) {
    if (variable.valueFrom?.fieldRef !== undefined) variable.valueFrom.fieldRef.apiVersion ??= 'v1';
  }
  completeProbe(container.readinessProbe);
  completeProbe(container.livenessProbe);
  completeProbe(container.startupProbe);
}

/** The defaults of a pod, as the API server sets them (k8s.io/kubernetes, pkg/apis/core/v1/defaults.go). */
export function completePodSpec(spec: PodSpec | undefined): void {
  if (!Array.isArray(spec?.containers)) return;
  spec.restartPolicy ??= 'Always';
  spec.terminationGracePeriodSeconds ??= 30;
  spec.dnsPolicy ??= 'ClusterFirst';
  spec.schedulerName ??= 'default-scheduler';
  spec.securityContext ??= {};
  for (const container of [...spec.containers, ...(spec.initContainers ?? [])]) completeContainer(container);
}

/** In a running pod, only images may change; the node is set once, when the pod is bound. */
function validatePod(pod: Pod, previous: Pod | undefined): readonly Cause[] {
  if (previous === undefined) return validatePodSpec(pod.spec, 'spec');
  const frozen = ({ spec }: Pod) => ({
    ...spec,
    nodeName: previous.spec.nodeName === undefined ? undefined : spec.nodeName,
    tolerations: undefined,
    activeDeadlineSeconds: undefined,
    terminationGracePeriodSeconds: undefined,
    containers: spec.containers.map((each) => ({ ...each, image: '' })),
  });
  if (sameValue(frozen(pod), frozen(previous))) return validatePodSpec(pod.spec, 'spec');
  return [invalidValue('spec', '', 'pod updates may not change fields other than `spec.containers[*].image`')];
}

/** How early the pod is ended when a node runs short (kubernetes.io/docs/concepts/workloads/pods/pod-qos). */
export function qosClassOf({ spec }: Pod): string {
  const all = spec.containers.map(({ resources }) => resources ?? {});
  const asked = all.flatMap(({ requests = {}, limits = {} }) => [...Object.keys(requests), ...Object.keys(limits)]);
  if (!asked.some((name) => name === 'cpu' || name === 'memory')) return 'BestEffort';
  const guaranteed = all.every(({ requests = {}, limits = {} }) =>
    ['cpu', 'memory'].every((name) => limits[name] !== undefined && (requests[name] ?? limits[name]) === limits[name]),
  );
  return guaranteed ? 'Guaranteed' : 'Burstable';
}

/** A pod's state in one word, as in `kubectl get pods`. */
function stateOf(pod: Pod): string {
  if (pod.metadata.deletionTimestamp !== undefined) return 'Terminating';
  const states = (pod.status?.containerStatuses ?? []).map(({ state }) => state);
  const reasons = states.flatMap((state) => state.waiting?.reason ?? state.terminated?.reason ?? []);
  return reasons[0] ?? pod.status?.reason ?? pod.status?.phase ?? 'Unknown';
}

export const PODS: Kind<Pod> = {
  group: '',
  version: 'v1',
  kind: 'Pod',
  plural: 'pods',
  shortNames: ['po'],
  categories: ['all'],
  namespaced: true,
  subresources: ['status', 'log', 'exec'],
  schema: SCHEMAS.pod,
  strategic: true,
  columns: [
    { name: 'Name', cell: ({ metadata }) => metadata.name },
    {
      name: 'Ready',
      cell: ({ spec, status }) =>
        `${(status?.containerStatuses ?? []).filter((each) => each.ready).length}/${spec.containers.length}`,
    },
    { name: 'Status', cell: stateOf },
    {
      name: 'Restarts',
      type: 'integer',
      cell: ({ status }) => (status?.containerStatuses ?? []).reduce((sum, each) => sum + each.restartCount, 0),
    },
  ],
  complete(pod, previous) {
    completePodSpec(pod.spec);
    if (pod.spec !== undefined) pod.spec.serviceAccountName ??= 'default';
    if (previous !== undefined) return;
    for (const { resources } of pod.spec?.containers ?? []) {
      if (resources?.limits !== undefined) resources.requests = { ...resources.limits, ...resources.requests };
    }
    pod.status = { phase: 'Pending' };
  },
  validate: validatePod,
};
