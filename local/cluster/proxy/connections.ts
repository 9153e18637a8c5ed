import type { ServerResponse } from 'node:http';
import { Client, Pool } from 'undici';
import type { Endpoint } from './table.ts';

/** Milliseconds that an app has to begin its answer. */
export const HEADERS_TIMEOUT_MS = 120_000;
export const MAX_HEADER_BYTES = 64 * 1024;
const CONNECTIONS_PER_ENDPOINT = 512;
const SILENCE_MS = 3_600_000;
/** How an app is asked. An app that does not say how long it keeps a connection may close it soon: none that idled for a second is used. */
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
  /** Ends all, requests under way included. */
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

/** A connection for one request, which no other has used: its peer cannot be about to close it. */
export function aloneTo({ host, port }: Endpoint, response: ServerResponse): Client {
  const client = new Client(`http://${host}:${port}`, CONNECTION);
  response.once('close', () => void client.destroy().catch(() => undefined));
  return client;
}
