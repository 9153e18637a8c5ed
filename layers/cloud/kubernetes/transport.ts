/**
 * What bundles carry in the place of `undici`, which the Kubernetes client brings along: Node's own fetch is the same code, and three
 * quarters of a megabyte less to load at each cold start. Options of a connection have no effect here: whose certificates are trusted
 * is said once for the process (`client.ts`).
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
