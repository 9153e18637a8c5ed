import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, createServer as createSocketServer, type Socket } from 'node:net';
import { createGuardedServer, guard, type Handler, MAX_CONNECTIONS, SERVER_OPTIONS } from '../../wire/server.ts';
import type { Identity } from './certificate.ts';

export interface Listener {
  /** Its port on 127.0.0.1. */
  readonly port: number;
  close(): Promise<void>;
}

/** The first byte of a TLS handshake record (RFC 8446). */
const HANDSHAKE = 0x16;
const SILENCE_MS = 10_000;

/** Serves HTTP and HTTPS on one loopback port, distinguished by the first byte. Rejects when the port is taken. `note` gets the handler's errors. */
export function listen(
  port: number,
  identity: Identity,
  handler: Handler,
  note: (line: string) => void,
): Promise<Listener> {
  const plain = createGuardedServer(() => handler, note);
  const { key, certificate: cert } = identity;
  const secure = createSecureServer({ ...SERVER_OPTIONS, key, cert, handshakeTimeout: SILENCE_MS });
  guard(secure, () => handler, note);
  // Neither server listens itself: from this event on Node watches for slow clients.
  for (const server of [plain, secure]) server.emit('listening');
  const open = new Set<Socket>();
  const sockets = createSocketServer({ noDelay: true }, (socket) => {
    open.add(socket);
    socket.setTimeout(SILENCE_MS, () => socket.destroy());
    socket.once('close', () => open.delete(socket)).on('error', () => socket.destroy());
    socket.once('data', (chunk) => {
      socket.setTimeout(0).removeAllListeners('timeout').pause();
      socket.unshift(chunk);
      (chunk[0] === HANDSHAKE ? secure : plain).emit('connection', socket);
      process.nextTick(() => socket.resume());
    });
  });
  sockets.maxConnections = MAX_CONNECTIONS;
  const close = () =>
    new Promise<void>((resolve) => {
      sockets.close(() => resolve());
      for (const server of [plain, secure]) server.close();
      for (const socket of open) socket.destroy();
    });
  return new Promise((resolve, reject) => {
    sockets.once('error', reject);
    sockets.listen(port, '127.0.0.1', () => resolve({ port: (sockets.address() as AddressInfo).port, close }));
  });
}
