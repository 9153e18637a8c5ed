import { SERVICES } from '../kinds/core.ts';
import { resourceOf } from '../kinds/kind.ts';
import { ENDPOINT_SLICES } from '../kinds/network.ts';
import { PODS } from '../kinds/pods.ts';
import { hostPorts } from '../kubelet/ports.ts';
import type { Pod, Service } from '../model.ts';
import { controllerReference } from '../model.ts';
import type { EndpointSlice } from '../network-model.ts';
import { canonical, hashName, sameValue } from '../values.ts';
import { type Controller, type ControllerParts, keyOf, splitKey } from './controller.ts';
import { createQueue } from './queue.ts';
import { isReady } from './replicaset.ts';

const MANAGER = 'endpointslice-controller';
export const SERVICE_NAME = 'kubernetes.io/service-name';
const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';

/**
 * Keeps the EndpointSlices of each Service with a selector. All endpoints of a slice share its ports, and here every pod has its own port on
 * 127.0.0.1, so there is a slice per set of ports.
 */
export function createEndpointsController({ registry, note }: ControllerParts): Controller {
  const { objects } = registry;
  const queue = createQueue((key) => {
    const { namespace, name } = splitKey(key);
    const service = objects.get(SERVICES, namespace, name);
    if (service !== undefined && service.metadata.deletionTimestamp === undefined) sync(service);
  }, note);

  const slicesOf = ({ metadata }: Service) =>
    objects
      .list(ENDPOINT_SLICES, metadata.namespace)
      .filter(({ metadata: { labels } }) => labels?.[SERVICE_NAME] === metadata.name && labels[MANAGED_BY] === MANAGER);

  const sync = (service: Service) => {
    const { namespace, name } = service.metadata;
    const selector = Object.entries(service.spec.selector ?? {});
    if (selector.length === 0) return;
    const pods = objects
      .list(PODS, namespace)
      .filter(({ metadata }) => selector.every(([key, value]) => metadata.labels?.[key] === value))
      .filter(({ status }) => status?.podIP !== undefined && status.phase === 'Running');
    const groups = Map.groupBy(pods, (pod) => canonical(portsOf(service, pod)));
    const wanted = new Map([...groups].map(([ports, members]) => [`${name}-${hashName(ports)}`, { ports, members }]));
    const present = slicesOf(service);
    for (const slice of present) {
      if (!wanted.has(slice.metadata.name)) registry.remove(ENDPOINT_SLICES, namespace, slice.metadata.name, {});
    }
    for (const [sliceName, { members }] of wanted) {
      const [first] = members;
      if (first === undefined) continue;
      const content = { addressType: 'IPv4', endpoints: members.map(endpointOf), ports: portsOf(service, first) };
      const live = present.find(({ metadata }) => metadata.name === sliceName);
      if (live === undefined) {
        const labels = { [SERVICE_NAME]: name, [MANAGED_BY]: MANAGER };
        const metadata = { name: sliceName, labels, ownerReferences: [controllerReference(service)] };
        registry.create(ENDPOINT_SLICES, namespace, { ...content, metadata }, { manager: MANAGER });
      } else if (!sameValue(content.endpoints, live.endpoints)) {
        registry.modify(ENDPOINT_SLICES, live, (draft) => Object.assign(draft, content), { manager: MANAGER });
      }
    }
  };

  return {
    observe(change) {
      if (change.resource === resourceOf(SERVICES)) queue.add(keyOf(change.object));
      if (change.resource !== resourceOf(PODS)) return;
      const labels = [change.object, change.previous].map((pod) => pod?.metadata.labels ?? {});
      for (const service of objects.list(SERVICES, change.object.metadata.namespace)) {
        const selector = Object.entries(service.spec.selector ?? {});
        const selected = labels.some((each) => selector.every(([key, value]) => each[key] === value));
        if (selector.length > 0 && selected) queue.add(keyOf(service));
      }
    },
    resync() {
      for (const service of objects.list(SERVICES)) queue.add(keyOf(service));
    },
    stop: queue.stop,
  };
}

/** The Service's ports for one pod: the declared container port is replaced by the pod's own port on this machine. */
function portsOf(service: Service, pod: Pod): EndpointSlice['ports'] {
  const declared = pod.spec.containers.flatMap(({ ports = [] }) => ports);
  const real = hostPorts(pod);
  return (service.spec.ports ?? []).flatMap(({ name = '', port, protocol = 'TCP', targetPort = port }) => {
    const target =
      typeof targetPort === 'number' ? targetPort : declared.find((each) => each.name === targetPort)?.containerPort;
    return target === undefined ? [] : [{ name, port: real.get(target) ?? target, protocol }];
  });
}

function endpointOf(pod: Pod): EndpointSlice['endpoints'][number] {
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const serving = isReady(pod);
  return {
    addresses: [pod.status?.podIP ?? ''],
    conditions: { ready: serving && !terminating, serving, terminating },
    nodeName: pod.spec.nodeName ?? '',
    targetRef: { kind: 'Pod', namespace: pod.metadata.namespace ?? '', name: pod.metadata.name, uid: pod.metadata.uid },
  };
}
