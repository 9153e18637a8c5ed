import { NAMESPACES, SERVICES } from '../kinds/core.ts';
import { type Kind, resourceOf } from '../kinds/kind.ts';
import { GATEWAY_CLASSES, GATEWAYS, HTTP_ROUTES } from '../kinds/network.ts';
import { type Condition, type KubeObject, withCondition } from '../model.ts';
import type { Gateway, GatewayClass, HTTPRoute } from '../network-model.ts';
import { attachmentsOf, CONTROLLER, isServed, unresolved } from './attachment.ts';
import type { Controller, ControllerParts } from './controller.ts';
import { createQueue } from './queue.ts';

const STATUS = { manager: 'gateway-controller', subresource: 'status' } as const;
const KINDS: readonly Kind[] = [GATEWAY_CLASSES, GATEWAYS, HTTP_ROUTES, SERVICES, NAMESPACES];
const WATCHED = new Set(KINDS.map(resourceOf));
const ALL = 'all gateways';

/** Tells each class, Gateway and route whether the proxy serves it. They are few, so each change checks all. */
export function createGatewayController({ registry, note }: ControllerParts): Controller {
  const { objects } = registry;
  const queue = createQueue(() => {
    for (const each of objects.list(GATEWAY_CLASSES)) if (each.spec.controllerName === CONTROLLER) acceptClass(each);
    for (const each of objects.list(GATEWAYS)) if (isServed(objects, each)) acceptGateway(each);
    for (const each of objects.list(HTTP_ROUTES)) acceptRoute(each);
  }, note);

  const condition = (object: KubeObject, type: string, reason = type, message = '', ok = true): Condition => ({
    type,
    status: ok ? 'True' : 'False',
    reason,
    message,
    observedGeneration: object.metadata.generation ?? 1,
  });
  const acceptClass = (gatewayClass: GatewayClass) => {
    const change = (draft: GatewayClass) => {
      draft.status = { conditions: withCondition(draft.status?.conditions, condition(gatewayClass, 'Accepted')) };
    };
    registry.modify(GATEWAY_CLASSES, gatewayClass, change, STATUS);
  };
  const acceptGateway = (gateway: Gateway) => {
    const attached = objects.list(HTTP_ROUTES).flatMap((route) =>
      attachmentsOf(objects, route).map((attachment) => ({
        ...attachment,
        namespace: attachment.parentRef.namespace ?? route.metadata.namespace,
      })),
    );
    const mine = attached.filter(
      (each) =>
        each.accepted && each.parentRef.name === gateway.metadata.name && each.namespace === gateway.metadata.namespace,
    );
    const change = (draft: Gateway) => {
      const accepted = withCondition(draft.status?.conditions, condition(gateway, 'Accepted'));
      const before = draft.status?.listeners;
      const listeners = gateway.spec.listeners.map(({ name }, index) => ({
        name,
        supportedKinds: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute' }],
        attachedRoutes: mine.filter(
          ({ parentRef }) => parentRef.sectionName === undefined || parentRef.sectionName === name,
        ).length,
        conditions: ['Accepted', 'Programmed', 'ResolvedRefs'].reduce(
          (list, type) => withCondition(list, condition(gateway, type)),
          Array.isArray(before) ? ((before[index] as { conditions?: Condition[] } | undefined)?.conditions ?? []) : [],
        ),
      }));
      draft.status = {
        ...draft.status,
        addresses: [{ type: 'IPAddress', value: '127.0.0.1' }],
        conditions: withCondition(accepted, condition(gateway, 'Programmed')),
        listeners,
      };
    };
    registry.modify(GATEWAYS, gateway, change, STATUS);
  };
  const acceptRoute = (route: HTTPRoute) => {
    const backends = (route.spec.rules ?? []).flatMap(({ backendRefs = [] }) => backendRefs);
    const problem = backends.map((backend) => unresolved(objects, route, backend)).find((each) => each !== undefined);
    const change = (draft: HTTPRoute) => {
      const before = draft.status?.parents ?? [];
      const others = before.filter(({ controllerName }) => controllerName !== CONTROLLER);
      const mine = attachmentsOf(objects, route).map(({ parentRef, accepted, reason, message }) => {
        const known = before.find(
          (each) =>
            each.controllerName === CONTROLLER &&
            each.parentRef.name === parentRef.name &&
            each.parentRef.namespace === parentRef.namespace &&
            each.parentRef.sectionName === parentRef.sectionName,
        );
        const conditions = withCondition(known?.conditions, condition(route, 'Accepted', reason, message, accepted));
        const resolved = condition(route, 'ResolvedRefs', problem?.reason, problem?.message, problem === undefined);
        return { parentRef, controllerName: CONTROLLER, conditions: withCondition(conditions, resolved) };
      });
      draft.status = { parents: [...others, ...mine] };
    };
    registry.modify(HTTP_ROUTES, route, change, STATUS);
  };

  return {
    observe({ resource }) {
      if (WATCHED.has(resource)) queue.add(ALL);
    },
    resync: () => queue.add(ALL),
    stop: queue.stop,
  };
}
