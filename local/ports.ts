import type { AddressInfo } from 'node:net';
import { StartFailure } from './failure.ts';
import { createGuardedServer, type Handler } from './wire/server.ts';

/** A loopback server that listens before its handler exists, so that the handler's makers know the address. */
export interface Listener {
  readonly port: number;
  readonly address: string;
  serve(handler: Handler): void;
  /** Answers every request with 503 until there is a handler again. */
  pause(): void;
  /** Ends at once: idle connections are closed, open ones destroyed. */
  close(): Promise<void>;
}

/**
 * Listens on 127.0.0.1, on a free port if `port` is 0. Rejects with the system's error (`EADDRINUSE`). Requests before `serve` get 503. `note` gets a
 * handler's errors.
 */
export async function listen(port: number, note: (line: string) => void = () => undefined): Promise<Listener> {
  let handler: Handler | undefined;
  const server = createGuardedServer(() => handler, note);
  const upgraded = new Set<{ destroy(): void }>();
  server.on('connection', (socket) => {
    upgraded.add(socket);
    socket.once('close', () => upgraded.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  return {
    port: bound,
    address: `http://127.0.0.1:${bound}`,
    serve: (given) => {
      handler = given;
    },
    pause: () => {
      handler = undefined;
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of upgraded) socket.destroy();
      await closed;
    },
  };
}

const ATTEMPTS = 20;

/**
 * Listens on `count` ports in a row from `port`; for 0, on any row that is free together with the next port. Throws a `StartFailure` that names the
 * taken port.
 */
export async function listenInRow(
  port: number,
  count: number,
  note?: (line: string) => void,
): Promise<readonly Listener[]> {
  for (let attempt = 1; ; attempt++) {
    const open: Listener[] = [];
    try {
      open.push(await listen(port, note));
      const first = open[0]?.port ?? port;
      while (open.length < count) open.push(await listen(first + open.length, note));
      // The port after the row belongs to the Kubernetes API, whose room listens itself.
      await (await listen(first + count)).close();
      return open;
    } catch (error) {
      await Promise.all(open.map((listener) => listener.close()));
      const { code, port: failed } = error as NodeJS.ErrnoException & { readonly port?: number };
      if (port === 0 && attempt < ATTEMPTS) continue;
      if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error;
      throw new StartFailure(
        `Port ${failed} ${code === 'EACCES' ? 'may not be used' : 'is taken'}. Free the port, or choose another with --port (Gantry uses three in a row).`,
      );
    }
  }
}
