import type { IncomingMessage } from 'node:http';
import { SERVICES } from '../kinds/core.ts';
import { type Kind, resourceOf } from '../kinds/kind.ts';
import { ENDPOINT_SLICES, GATEWAY_CLASSES, GATEWAYS, HTTP_ROUTES } from '../kinds/network.ts';
import type { Objects } from '../registry/objects.ts';
import { type Balancer, createBalancer } from './balance.ts';
import { ASTRAY, NO_APP, NOT_RUNNING, type Refusal } from './refusal.ts';
import { type Backend, type Endpoint, matchRule, type Rule, rulesOf } from './table.ts';

type Choice = { readonly endpoint: Endpoint; readonly targetGroup: string } | { readonly refusal: Refusal };

/** Finds the destination of a request. */
export interface Routing {
  /** A ready, untried endpoint for the request's host name and path, or why there is none. */
  choose(request: IncomingMessage, path: string, tried: ReadonlySet<Endpoint>): Choice;
  stop(): void;
}

const READ_BY_PROXY: readonly Kind[] = [SERVICES, ENDPOINT_SLICES, GATEWAY_CLASSES, GATEWAYS, HTTP_ROUTES];

/** `changed` is called with the remaining addresses (`host:port`), at the first request after a change of the cluster. */
export function createRouting(objects: Objects, changed: (addresses: ReadonlySet<string>) => void): Routing {
  const balancer = createBalancer();
  const relevant = new Set(READ_BY_PROXY.map(resourceOf));
  let rules: readonly Rule[] | undefined;

  const unsubscribe = objects.subscribe(({ resource }) => {
    if (relevant.has(resource)) rules = undefined;
  });
  const present = (): readonly Rule[] => {
    if (rules !== undefined) return rules;
    rules = rulesOf(objects);
    balancer.retain(new Set(rules.flatMap(({ id, backends }) => [id, ...backends.map((backend) => backend.id)])));
    changed(addressesOf(objects));
    return rules;
  };

  return {
    choose(request, path, tried) {
      const rule = matchRule(present(), hostOf(request), path);
      return rule === undefined ? { refusal: NO_APP } : endpointOf(balancer, rule, tried);
    },
    stop: unsubscribe,
  };
}

function endpointOf(balancer: Balancer, rule: Rule, tried: ReadonlySet<Endpoint>): Choice {
  const backend = balancer.pick<Backend>(rule.id, rule.backends);
  if (backend === undefined || backend.problem !== undefined) return { refusal: ASTRAY };
  const left = backend.endpoints.filter(
    (each) => ![...tried].some((other) => other.port === each.port && other.host === each.host),
  );
  const items = left.map((endpoint) => ({ id: `${endpoint.host}:${endpoint.port}`, weight: 1, endpoint }));
  const picked = balancer.pick(backend.id, items);
  if (picked !== undefined) return { endpoint: picked.endpoint, targetGroup: backend.targetGroup };
  return { refusal: NOT_RUNNING };
}

function addressesOf(objects: Objects): ReadonlySet<string> {
  return new Set(
    objects
      .list(ENDPOINT_SLICES)
      .flatMap(({ ports, endpoints }) =>
        endpoints.flatMap(({ addresses }) => addresses.flatMap((host) => ports.map(({ port }) => `${host}:${port}`))),
      ),
  );
}

function hostOf({ headers }: IncomingMessage): string {
  return (headers.host ?? '').replace(/:\d+$/, '').replace(/\.$/, '').toLowerCase();
}
