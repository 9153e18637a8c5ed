import type { ServerResponse } from 'node:http';
import { Client, Pool } from 'undici';
import type { Endpoint } from './table.ts';

/** Milliseconds that an app has to begin its answer. */
export const HEADERS_TIMEOUT_MS = 120_000;
export const MAX_HEADER_BYTES = 64 * 1024;
const CONNECTIONS_PER_ENDPOINT = 512;
const SILENCE_MS = 3_600_000;
/** The agents for apps. An app without a stated keep-alive time may close a connection soon: none that idled for a second is reused. */
const CONNECTION = {
  headersTimeout: HEADERS_TIMEOUT_MS,
  bodyTimeout: SILENCE_MS,
  keepAliveTimeout: 1000,
  maxHeaderSize: MAX_HEADER_BYTES,
};

/** The connections to the apps' endpoints. */
export interface Connections {
  of(endpoint: Endpoint): Pool;
  /** Closes the connections to other addresses (`host:port`) once their requests have ended. */
  retain(addresses: ReadonlySet<string>): void;
  /** Closes all, running requests included. */
  stop(): Promise<void>;
}

export function createConnections(): Connections {
  const pools = new Map<string, Pool>();
  return {
    of({ host, port }) {
      const address = `${host}:${port}`;
      const known = pools.get(address);
      if (known !== undefined) return known;
      const pool = new Pool(`http://${address}`, { ...CONNECTION, connections: CONNECTIONS_PER_ENDPOINT });
      pools.set(address, pool);
      return pool;
    },
    retain(addresses) {
      for (const [address, pool] of pools) {
        if (addresses.has(address)) continue;
        pools.delete(address);
        void pool.close().catch(() => undefined);
      }
    },
    async stop() {
      await Promise.all([...pools.values()].map((pool) => pool.destroy()));
      pools.clear();
    },
  };
}

/** A new connection for one request: its peer cannot be about to close it. */
export function aloneTo({ host, port }: Endpoint, response: ServerResponse): Client {
  const client = new Client(`http://${host}:${port}`, CONNECTION);
  response.once('close', () => void client.destroy().catch(() => undefined));
  return client;
}
