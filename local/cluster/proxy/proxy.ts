import type { Duplex } from 'node:stream';
import type { Metrics } from '../../kernel/ports.ts';
import type { Mount } from '../../kernel/resource.ts';
import type { Objects } from '../registry/objects.ts';
import { createConnections } from './connections.ts';
import { forward } from './forward.ts';
import { BUSY, closeWith, type Refusal, type Refuse, refuse } from './refusal.ts';
import { createRouting } from './routing.ts';
import { createTraffic, LOAD_BALANCER } from './traffic.ts';
import { tunnel } from './tunnel.ts';

export interface Proxy {
  readonly mount: Mount;
  stop(): Promise<void>;
}

const MAX_IN_FLIGHT = 4096;

/**
 * The apps' load balancer: host name and path → route → weighted backend → a ready endpoint. A change of the cluster holds for the next request;
 * running requests end where they are. `metrics` gets the load balancer's own answers, and those of each target group.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
 */
export function createProxy(objects: Objects, metrics?: Metrics): Proxy {
  const connections = createConnections();
  const routing = createRouting(objects, connections.retain);
  const traffic = createTraffic(metrics);
  let inFlight = 0;
  const count = ({ status }: Refusal) => {
    if (status < 500) return;
    metrics?.record({
      namespace: 'AWS/ApplicationELB',
      name: 'HTTPCode_ELB_5XX_Count',
      dimensions: LOAD_BALANCER,
      value: 1,
    });
  };
  const answer: Refuse = (response, refusal) => {
    count(refusal);
    refuse(response, refusal);
  };
  const close = (socket: Duplex, refusal: Refusal) => {
    count(refusal);
    closeWith(socket, refusal);
  };
  return {
    mount: {
      on: 'front',
      takes: (host) => host.endsWith('.localhost'),
      async request(request, response, url) {
        if (inFlight >= MAX_IN_FLIGHT) return answer(response, BUSY);
        inFlight += 1;
        try {
          await forward(routing, traffic, connections, answer, request, response, url.pathname);
        } finally {
          inFlight -= 1;
        }
      },
      upgrade(request, socket, head, url) {
        if (inFlight >= MAX_IN_FLIGHT) return close(socket, BUSY);
        inFlight += 1;
        socket.once('close', () => {
          inFlight -= 1;
        });
        const choice = routing.choose(request, url.pathname, new Set());
        if ('refusal' in choice) close(socket, choice.refusal);
        else tunnel(choice.endpoint, request, socket, head);
      },
    },
    async stop() {
      routing.stop();
      await connections.stop();
    },
  };
}
