import { createSocket, type Socket } from 'node:dgram';
import { createServer } from 'node:net';
import type { Pod } from '../model.ts';

/** The annotation of a pod with this machine's port for each container port. */
export const PORTS_ANNOTATION = 'local.gantry.dev/ports';

/** The pod's container ports and this machine's ports for them. */
export function hostPorts({ metadata }: Pod): ReadonlyMap<number, number> {
  const text = metadata.annotations?.[PORTS_ANNOTATION];
  const ports = text === undefined ? {} : (JSON.parse(text) as Record<string, number>);
  return new Map(Object.entries(ports).map(([container, host]) => [Number(container), host]));
}

/** A port that is reserved for one pod until it is released or this process ends. */
export interface Reservation {
  readonly port: number;
  release(): void;
}

/** Below the ports that Linux (32768) and macOS (49152) assign to outgoing connections and random listeners. */
const FIRST = 20_000;
const COUNT = 12_000;
const ATTEMPTS = 500;

/**
 * Reserves a free TCP port of loopback without a race. A UDP socket of the same number is the lock among all such processes of this machine, and the
 * kernel frees it when this process dies. Prefers the pod's earlier port.
 */
export async function reservePort(preferred?: number): Promise<Reservation> {
  const start = Math.floor(Math.random() * COUNT);
  for (let attempt = preferred === undefined ? 0 : -1; attempt < ATTEMPTS; attempt++) {
    const port = attempt < 0 && preferred !== undefined ? preferred : FIRST + ((start + attempt) % COUNT);
    const lock = await lockPort(port);
    if (lock === undefined) continue;
    if (await isFree(port)) return { port, release: () => lock.close() };
    lock.close();
  }
  throw new Error(`no free port between ${FIRST} and ${FIRST + COUNT}: stop what listens there`);
}

function lockPort(port: number): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4').unref();
    socket.once('error', () => {
      socket.close();
      resolve(undefined);
    });
    socket.bind({ address: '127.0.0.1', port, exclusive: true }, () => resolve(socket));
  });
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
