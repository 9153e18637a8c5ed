import type { Mount } from '../../kernel/resource.ts';
import type { Objects } from '../registry/objects.ts';
import { createConnections } from './connections.ts';
import { forward } from './forward.ts';
import { BUSY, closeWith, refuse } from './refusal.ts';
import { createRouting } from './routing.ts';
import { tunnel } from './tunnel.ts';

export interface Proxy {
  readonly mount: Mount;
  stop(): Promise<void>;
}

const MAX_IN_FLIGHT = 4096;

/**
 * The load balancer of the apps: host name and path → route → weighted backend → a ready endpoint. A change of the cluster is in
 * force with the next request; requests that are under way end where they are.
 */
export function createProxy(objects: Objects): Proxy {
  const connections = createConnections();
  const routing = createRouting(objects, connections.retain);
  let inFlight = 0;
  return {
    mount: {
      on: 'front',
      takes: (host) => host.endsWith('.localhost'),
      async request(request, response, url) {
        if (inFlight >= MAX_IN_FLIGHT) return refuse(response, BUSY);
        inFlight += 1;
        try {
          await forward(routing, connections, request, response, url.pathname);
        } finally {
          inFlight -= 1;
        }
      },
      upgrade(request, socket, head, url) {
        if (inFlight >= MAX_IN_FLIGHT) return closeWith(socket, BUSY);
        inFlight += 1;
        socket.once('close', () => {
          inFlight -= 1;
        });
        const choice = routing.choose(request, url.pathname, new Set());
        if ('refusal' in choice) closeWith(socket, choice.refusal);
        else tunnel(choice.endpoint, request, socket, head);
      },
    },
    async stop() {
      routing.stop();
      await connections.stop();
    },
  };
}
