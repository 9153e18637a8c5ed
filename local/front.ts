import type { Kernel } from './kernel/kernel.ts';
import type { Room } from './kernel/resource.ts';
import { hostName, isKnownOrigin, isLoopbackHost } from './wire/guard.ts';
import { type Handler, refuseUpgrade } from './wire/server.ts';
import { mountFor, refuseStranger } from './wire/wire.ts';

/**
 * The front: the API and the WebSocket at the loopback address, the apps at `*.localhost`. Foreign pages may not call the API; an app decides for
 * itself.
 */
export function createFront(kernel: Kernel, rooms: readonly Room[]): Handler {
  const mounts = rooms.flatMap((room) => room.mounts ?? []).filter((mount) => mount.on === 'front');
  const { front, aws } = kernel.addresses;
  const mayPass = (request: Parameters<Handler['request']>[0]): boolean => {
    const host = hostName(request);
    return host?.endsWith('.localhost') === true || (isLoopbackHost(host) && isKnownOrigin(request, [front, aws]));
  };
  return {
    async request(request, response, url) {
      if (!mayPass(request)) return refuseStranger(response);
      const mount = mountFor(mounts, request, url);
      if (mount === undefined) {
        response.writeHead(404, { 'content-type': 'text/plain' }).end('Nothing is served at this host and path.\n');
        return;
      }
      await mount.request(request, response, url);
    },
    upgrade(request, socket, head, url) {
      const mount = mayPass(request) ? mountFor(mounts, request, url) : undefined;
      if (mount?.upgrade === undefined) return refuseUpgrade(socket, 403, 'Forbidden');
      return mount.upgrade(request, socket, head, url);
    },
  };
}
