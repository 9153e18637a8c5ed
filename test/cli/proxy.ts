import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/**
 * Stands before a platform and shows each request to a test first. The platform never gets requests for which `onRequest` answers false. Uploads pass
 * through too.
 */
export async function startProxy(target: string, onRequest: (request: IncomingMessage) => boolean) {
  const { hostname, port } = new URL(target);
  const server = createServer((incoming, response) => {
    if (!onRequest(incoming)) {
      incoming.destroy();
      return;
    }
    const upload = incoming.url?.startsWith('/upload?')
      ? new URL(incoming.url, target).searchParams.get('to')
      : undefined;
    const to = upload == null ? { hostname, port, path: incoming.url } : urlOf(upload);
    const headers = { ...incoming.headers, host: `${to.hostname}:${to.port}` };
    const outgoing = request({ ...to, method: incoming.method, headers }, async (answer) => {
      const body = await text(answer);
      const isUpload = incoming.method === 'POST' && incoming.url?.endsWith('/uploads');
      response.writeHead(answer.statusCode ?? 502, { 'content-type': answer.headers['content-type'] ?? 'text/plain' });
      response.end(isUpload ? redirected(body) : body);
    });
    // The client may have been interrupted, and the platform stopped.
    for (const stream of [incoming, outgoing, response]) stream.on('error', () => outgoing.destroy());
    incoming.pipe(outgoing);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  function redirected(body: string): string {
    const upload = JSON.parse(body) as { url: string };
    return JSON.stringify({ ...upload, url: `${url}/upload?to=${encodeURIComponent(upload.url)}` });
  }

  return {
    url,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function urlOf(address: string) {
  const { hostname, port, pathname, search } = new URL(address);
  return { hostname, port, path: `${pathname}${search}` };
}
