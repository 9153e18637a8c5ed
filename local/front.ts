import type { Kernel } from './kernel/kernel.ts';
import type { Room } from './kernel/resource.ts';
import { hostName, isKnownOrigin, isLoopbackHost } from './wire/guard.ts';
import { type Handler, mountFor, refuseStranger } from './wire/wire.ts';

/**
 * The front: the API and the WebSocket at the loopback address, the apps at `*.localhost`. Pages from elsewhere may not
 * call the API; what an app accepts is the app's own affair.
 */
export function createFront(kernel: Kernel, rooms: readonly Room[]): Handler {
  const mounts = rooms.flatMap((room) => room.mounts ?? []).filter((mount) => mount.on === 'front');
  const { front, aws } = kernel.addresses;
  const mayPass = (request: Parameters<Handler['request']>[0]): boolean => {
    const host = hostName(request);
    return host?.endsWith('.localhost') === true || (isLoopbackHost(host) && isKnownOrigin(request, [front, aws]));
  };
  return {
    async request(request, response) {
      if (!mayPass(request)) return refuseStranger(response);
      const url = new URL(request.url ?? '/', front);
      const mount = mountFor(mounts, request, url);
      if (mount === undefined) {
        response.writeHead(404, { 'content-type': 'text/plain' }).end('Nothing is served at this host and path.\n');
        return;
      }
      try {
        await mount.request(request, response, url);
      } catch (error) {
        kernel.note(`front ${request.method} ${url.pathname}: ${error instanceof Error ? error.stack : String(error)}`);
        if (response.headersSent) response.destroy();
        else
          response.writeHead(500, { 'content-type': 'text/plain' }).end('The request failed inside the local cloud.\n');
      }
    },
    upgrade(request, socket, head) {
      const mount = mayPass(request) ? mountFor(mounts, request, new URL(request.url ?? '/', front)) : undefined;
      if (mount?.upgrade === undefined) {
        socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      } else mount.upgrade(request, socket, head);
    },
  };
}
