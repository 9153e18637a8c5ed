import { createHmac, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A request that a receiver of notifications got. */
export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly at: number;
}

export interface Receiver {
  url: string;
  readonly requests: Received[];
  /** The status of its answers, when `answers` has none; 204 at first. */
  otherwise: number;
  /** The next answers. */
  readonly answers: { readonly status: number; readonly location?: string }[];
  stop: () => void;
}

/** A receiver of notifications on this machine. */
export async function startReceiver(): Promise<Receiver> {
  const receiver: Receiver = { url: '', requests: [], answers: [], otherwise: 204, stop: () => undefined };
  const server = createServer(async (request, response) => {
    const body = await text(request);
    receiver.requests.push({ path: request.url ?? '', headers: request.headers, body, at: Date.now() });
    const { status, location } = receiver.answers.shift() ?? { status: receiver.otherwise };
    response.writeHead(status, location === undefined ? {} : { location }).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  receiver.url = `http://127.0.0.1:${port}/hook?key=very-secret`;
  receiver.stop = () => server.close().closeAllConnections();
  return receiver;
}

/** Whether a request has the signature of the Standard Webhooks scheme, as a receiver in any language verifies it. */
export function isSigned({ headers, body }: Received, secret: string): boolean {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature = '' } = headers;
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const wanted = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest();
  const given = Buffer.from(String(signature).replace('v1,', ''), 'base64');
  const isFresh = Math.abs(Date.now() / 1000 - Number(timestamp)) < 300;
  return isFresh && given.length === wanted.length && timingSafeEqual(given, wanted);
}
