import { type IncomingMessage, request as openRequest } from 'node:http';
import type { Duplex } from 'node:stream';
import { HEADERS_TIMEOUT_MS, MAX_HEADER_BYTES } from './connections.ts';
import { endToEnd, forwarded } from './headers.ts';
import { closeWith, UNREACHABLE } from './refusal.ts';
import type { Endpoint } from './table.ts';

/** Requests an upgrade from an endpoint, and joins both connections once it agrees. An answer without an upgrade is passed back unchanged. */
export function tunnel({ host, port }: Endpoint, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const headers = { ...forwarded(request), connection: 'Upgrade', upgrade: request.headers.upgrade ?? '' };
  const to = { host, port, method: request.method, path: request.url, maxHeaderSize: MAX_HEADER_BYTES };
  const upstream = openRequest({ ...to, headers, agent: false });
  const opening = setTimeout(() => upstream.destroy(new Error('no answer')), HEADERS_TIMEOUT_MS);
  upstream.once('upgrade', (answer, peer, first) => {
    clearTimeout(opening);
    socket.write(`HTTP/1.1 101 ${answer.statusMessage}\r\n${rawHeaders(answer)}\r\n`);
    join(socket, head, peer, first);
  });
  upstream.once('response', (answer) => {
    clearTimeout(opening);
    sendBack(socket, answer);
  });
  upstream.on('error', () => {
    clearTimeout(opening);
    closeWith(socket, UNREACHABLE);
  });
  socket.once('close', () => upstream.destroy());
  upstream.end();
}

/** Each side ends with the other; `head` and `first` are bytes from before they were joined. */
function join(socket: Duplex, head: Buffer, peer: Duplex, first: Buffer): void {
  if (first.length > 0) socket.write(first);
  if (head.length > 0) peer.write(head);
  peer.on('error', () => socket.destroy()).on('close', () => socket.destroy());
  socket.on('error', () => peer.destroy()).on('close', () => peer.destroy());
  peer.pipe(socket).pipe(peer);
}

function sendBack(socket: Duplex, answer: IncomingMessage): void {
  socket.write(`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}\r\nConnection: close\r\n`);
  const kept = Object.entries(endToEnd(answer.headers)).flatMap(([name, value]) =>
    [value].flat().map((each) => `${name}: ${each}\r\n`),
  );
  socket.write(`${kept.join('')}\r\n`);
  answer.pipe(socket);
}

function rawHeaders({ rawHeaders: raw }: IncomingMessage): string {
  const lines: string[] = [];
  for (let at = 0; at < raw.length; at += 2) lines.push(`${raw[at]}: ${raw[at + 1]}\r\n`);
  return lines.join('');
}
