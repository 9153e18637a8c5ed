import { selects } from '../api/selectors.ts';
import { NAMESPACES, SERVICES } from '../kinds/core.ts';
import { GATEWAY_CLASSES, GATEWAYS } from '../kinds/network.ts';
import type { BackendRef, Gateway, HTTPRoute, ParentReference } from '../network-model.ts';
import type { Objects } from '../registry/objects.ts';

/** The controller that the local proxy replaces: EKS Auto Mode's load balancer for Gateways. */
export const CONTROLLER = 'eks.amazonaws.com/gateway-alb';

/** Whether a Gateway accepts a route, and for which host names. */
export interface Attachment {
  readonly parentRef: ParentReference;
  readonly accepted: boolean;
  readonly reason: string;
  readonly message: string;
  /** `*` takes all. */
  readonly hostnames: readonly string[];
}

export function isServed(objects: Objects, gateway: Gateway): boolean {
  return objects.get(GATEWAY_CLASSES, undefined, gateway.spec.gatewayClassName)?.spec.controllerName === CONTROLLER;
}

/** The status of a route at each of our Gateways among its parents (gateway-api.sigs.k8s.io, HTTPRoute). */
export function attachmentsOf(objects: Objects, route: HTTPRoute): Attachment[] {
  return (route.spec.parentRefs ?? []).flatMap((parentRef) => {
    const namespace = parentRef.namespace ?? route.metadata.namespace;
    const gateway = parentRef.kind === 'Gateway' ? objects.get(GATEWAYS, namespace, parentRef.name) : undefined;
    return gateway === undefined || !isServed(objects, gateway) ? [] : [attach(objects, route, parentRef, gateway)];
  });
}

function attach(objects: Objects, route: HTTPRoute, parentRef: ParentReference, gateway: Gateway): Attachment {
  const refused = (reason: string, message: string) => ({ parentRef, accepted: false, reason, message, hostnames: [] });
  const { sectionName, port } = parentRef;
  const listeners = gateway.spec.listeners.filter(
    (each) => (sectionName === undefined || each.name === sectionName) && (port === undefined || each.port === port),
  );
  if (listeners.length === 0) return refused('NoMatchingParent', 'the Gateway does not have this listener');
  const open = listeners.filter((listener) => allows(objects, listener, gateway, route));
  if (open.length === 0) return refused('NotAllowedByListeners', 'no listener allows routes from this namespace');
  const hostnames = [...new Set(open.flatMap(({ hostname }) => intersection(hostname, route.spec.hostnames ?? [])))];
  if (hostnames.length === 0)
    return refused('NoMatchingListenerHostname', 'no host name of the route is one of the listener');
  const unsupported = unsupportedIn(route);
  if (unsupported !== undefined)
    return refused('UnsupportedValue', `${unsupported} is not emulated by the local proxy`);
  return { parentRef, accepted: true, reason: 'Accepted', message: '', hostnames };
}

function allows(
  objects: Objects,
  listener: Gateway['spec']['listeners'][number],
  gateway: Gateway,
  route: HTTPRoute,
): boolean {
  const { from = 'Same', selector } = listener.allowedRoutes?.namespaces ?? {};
  if (from === 'All') return true;
  if (from === 'Same') return gateway.metadata.namespace === route.metadata.namespace;
  const namespace = objects.get(NAMESPACES, undefined, route.metadata.namespace ?? '');
  return from === 'Selector' && selects(selector, namespace?.metadata.labels);
}

function intersection(listener: string | undefined, hosts: readonly string[]): string[] {
  if (listener === undefined || listener === '') return hosts.length === 0 ? ['*'] : [...hosts];
  if (hosts.length === 0) return [listener];
  return hosts.flatMap((host) => (covers(listener, host) ? [host] : covers(host, listener) ? [listener] : []));
}

/** Whether a host name, or one that starts with `*.`, covers another. */
export function covers(pattern: string, host: string): boolean {
  if (pattern === '*' || pattern === host) return true;
  return pattern.startsWith('*.') && host.endsWith(pattern.slice(1)) && host.length > pattern.length - 1;
}

const RULE_FIELDS = ['name', 'matches', 'backendRefs'];
const BACKEND_FIELDS = ['group', 'kind', 'namespace', 'name', 'port', 'weight'];

/** The first part of a route with an effect that the proxy does not have. */
function unsupportedIn({ spec }: HTTPRoute): string | undefined {
  for (const [at, rule] of (spec.rules ?? []).entries()) {
    const field = Object.keys(rule).find((key) => !RULE_FIELDS.includes(key));
    if (field !== undefined) return `rules[${at}].${field}`;
    for (const match of rule.matches ?? []) {
      const other = Object.keys(match).find((key) => key !== 'path');
      if (other !== undefined) return `rules[${at}].matches.${other}`;
      if (match.path?.type === 'RegularExpression') return `rules[${at}].matches.path.type RegularExpression`;
    }
    for (const backend of rule.backendRefs ?? []) {
      const extra = Object.keys(backend).find((key) => !BACKEND_FIELDS.includes(key));
      if (extra !== undefined) return `rules[${at}].backendRefs.${extra}`;
    }
  }
  return undefined;
}

/** Why a reference leads to no Service; undefined if it does. A Service of another namespace would need a ReferenceGrant. */
export function unresolved(
  objects: Objects,
  route: HTTPRoute,
  backend: BackendRef,
): { reason: string; message: string } | undefined {
  const { namespace } = route.metadata;
  if (backend.kind !== 'Service' || backend.group !== '') {
    return { reason: 'InvalidKind', message: `a backend of kind ${backend.kind} is not served` };
  }
  if (backend.namespace !== undefined && backend.namespace !== namespace) {
    return {
      reason: 'RefNotPermitted',
      message: `Service ${backend.namespace}/${backend.name} is in another namespace`,
    };
  }
  const service = objects.get(SERVICES, namespace, backend.name);
  if (service?.spec.ports?.some(({ port }) => port === backend.port) === true) return undefined;
  const message =
    service === undefined ? `Service ${backend.name} not found` : `Service ${backend.name} has no port ${backend.port}`;
  return { reason: 'BackendNotFound', message };
}
