import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { GantryError } from '@gantry/contract/errors.ts';
import { exampleOf } from '@gantry/contract/example.ts';
import type { Route } from '@gantry/contract/route.ts';
import { routes } from '@gantry/contract/routes.ts';
import { version } from '@gantry/contract/version.ts';
import { problemAnswer } from '@gantry/runtime/problem.ts';

export interface FarSide {
  readonly url: string;
  /** The number of refused calls with this API token. */
  refusals(token: string): number;
  stop(): void;
}

const all = Object.entries<Route>(routes).map(([id, route]) => {
  const path = new RegExp(`^${route.path.replace(/\{\w+\}/g, '[^/]+')}$`);
  return { id, route, path };
});

/**
 * A server for a command: it answers each route of the contract with the example of its reply, or with an error from `refusalOf`, and keeps nothing.
 * `changed` changes each reply; `clock` is its present time.
 */
export async function startFarSide(
  refusalOf: (route: Route) => GantryError | undefined,
  changed: (reply: unknown, operation: string) => unknown = (reply) => reply,
  clock: () => number = Date.now,
): Promise<FarSide> {
  const refused = new Map<string, number>();
  const replies = new Map<string, string>();
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '', url);
    const called = all.find(({ route, path }) => route.method === request.method && path.test(pathname));
    request.resume();
    response.setHeader('date', new Date(clock()).toUTCString());
    if (called === undefined) {
      response.writeHead(pathname === UPLOAD ? 200 : 500).end();
      return;
    }
    const { id, route } = called;
    const refusal = refusalOf(route);
    if (refusal !== undefined) {
      const token = request.headers.authorization?.replace('Bearer ', '') ?? '';
      refused.set(token, (refused.get(token) ?? 0) + 1);
      const { statusCode, headers, body } = problemAnswer(refusal, 'req');
      response.writeHead(statusCode, headers).end(body);
      return;
    }
    const reply = replies.get(id) ?? JSON.stringify(changed(replyOf(id, route, url), id));
    replies.set(id, reply);
    response.writeHead(route.reply.status, { 'content-type': 'application/json' });
    response.end(route.reply.status === 204 ? '' : reply);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    refusals: (token) => refused.get(token) ?? 0,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}

const UPLOAD = '/upload';

/** The example of a route's reply: the last page of a list, of this version, with a live deployment and an upload to this server. */
function replyOf(id: string, { reply }: Route, url: string): unknown {
  const example = exampleOf(reply.schema) as Record<string, unknown>;
  if (id === 'health.get') return { ...example, version };
  if (id === 'uploads.create') return { ...example, url: `${url}${UPLOAD}` };
  if (id === 'deployments.list') return { items: [{ ...exampleIn(example), status: 'live' }], next: null };
  if ('lines' in example) return { ...example, lines: (example.lines as object[]).flatMap(byBoth), next: null };
  return 'next' in example ? { ...example, next: null } : example;
}

/** A line as the app and as Gantry writes it. */
function byBoth(line: object): object[] {
  const { platform: _, ...byApp } = line as { platform?: true };
  return [byApp, { ...byApp, platform: true }];
}

function exampleIn(page: Record<string, unknown>): object {
  const [item] = Array.isArray(page.items) ? page.items : [];
  return item;
}
