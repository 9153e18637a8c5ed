import { attachmentsOf, covers, unresolved } from '../controllers/attachment.ts';
import { SERVICE_NAME } from '../controllers/endpoints.ts';
import { SERVICES } from '../kinds/core.ts';
import { ENDPOINT_SLICES, HTTP_ROUTES } from '../kinds/network.ts';
import type { BackendRef, HTTPRoute } from '../network-model.ts';
import type { Objects } from '../registry/objects.ts';
import { targetGroupOf } from './target-groups.ts';

/** The possible destinations of requests. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

export interface Backend {
  /** `<namespace>/<service>:<port>` */
  readonly id: string;
  readonly weight: number;
  /** The target group of the load balancer, as its metrics name it. */
  readonly targetGroup: string;
  /** Why the reference leads nowhere; undefined if it does not. */
  readonly problem: string | undefined;
  readonly endpoints: readonly Endpoint[];
}

/** A match of a route's rule under one host name. */
export interface Rule {
  readonly id: string;
  readonly host: string;
  readonly exact: boolean;
  readonly path: string;
  readonly created: string;
  readonly backends: readonly Backend[];
}

/** Every valid rule, the most specific first: within a host, exact paths, then longer prefixes, then older routes. */
export function rulesOf(objects: Objects): readonly Rule[] {
  const rules = objects.list(HTTP_ROUTES).flatMap((route) => {
    const hosts = attachmentsOf(objects, route).flatMap((attachment) => attachment.hostnames);
    return [...new Set(hosts)].flatMap((host) => rulesOfRoute(objects, route, host));
  });
  return rules.sort((a, b) => rank(b) - rank(a) || b.path.length - a.path.length || (a.created < b.created ? -1 : 1));
}

function rank({ exact }: Rule): number {
  return exact ? 1 : 0;
}

function rulesOfRoute(objects: Objects, route: HTTPRoute, host: string): Rule[] {
  const { uid, creationTimestamp: created } = route.metadata;
  return (route.spec.rules ?? []).flatMap(({ matches = [], backendRefs = [] }, index) => {
    const backends = backendRefs.map((backend) => backendOf(objects, route, backend));
    return matches.map(({ path }) => ({
      id: `${uid}/${index}`,
      host,
      exact: path?.type === 'Exact',
      path: path?.value ?? '/',
      created,
      backends,
    }));
  });
}

function backendOf(objects: Objects, route: HTTPRoute, backend: BackendRef): Backend {
  const { namespace } = route.metadata;
  const problem = unresolved(objects, route, backend)?.message;
  const id = `${namespace}/${backend.name}:${backend.port}`;
  const endpoints = problem === undefined ? endpointsOf(objects, namespace, backend) : [];
  const targetGroup = targetGroupOf(namespace, backend.name);
  return { id, weight: backend.weight ?? 1, targetGroup, problem, endpoints };
}

function endpointsOf(objects: Objects, namespace: string | undefined, backend: BackendRef): Endpoint[] {
  const service = objects.get(SERVICES, namespace, backend.name);
  const name = service?.spec.ports?.find(({ port }) => port === backend.port)?.name ?? '';
  const slices = objects
    .list(ENDPOINT_SLICES, namespace)
    .filter(({ metadata }) => metadata.labels?.[SERVICE_NAME] === backend.name);
  return slices.flatMap(({ ports, endpoints }) => {
    const port = ports.find((each) => each.name === name)?.port;
    const ready = port === undefined ? [] : endpoints.filter(({ conditions }) => conditions.ready);
    return ready.flatMap(({ addresses }) => addresses.map((host) => ({ host, port: port ?? 0 })));
  });
}

/** Finds the rule for a request: the most specific host name first, then the path. */
export function matchRule(rules: readonly Rule[], host: string, path: string): Rule | undefined {
  const covering = rules.filter((rule) => covers(rule.host, host));
  const best = covering.reduce<string | undefined>((found, { host: each }) => {
    if (found === undefined || each === host) return each;
    return found !== host && each.length > found.length ? each : found;
  }, undefined);
  return covering.find((each) => each.host === best && matchesPath(each, path));
}

function matchesPath({ exact, path }: Rule, asked: string): boolean {
  if (exact) return asked === path;
  const prefix = path.endsWith('/') ? path.slice(0, -1) : path;
  return asked === prefix || asked.startsWith(`${prefix}/`);
}
