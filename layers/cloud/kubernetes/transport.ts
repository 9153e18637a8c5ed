/**
 * Replaces in bundles the Kubernetes client's own `undici`. Node's fetch is the same code, and saves three quarters of a megabyte at each cold start.
 * Options of a connection have no effect here: trusted certificates are set once for the process (`client.ts`).
 */
export function fetch(url: string | URL, init: RequestInit & { dispatcher?: unknown }): Promise<Response> {
  const { dispatcher: _, ...rest } = init;
  return globalThis.fetch(url, rest);
}

export class Agent {}

export class ProxyAgent {
  constructor() {
    throw new Error('the cluster is reached directly: no proxy is set for it');
  }
}
