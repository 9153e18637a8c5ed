import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { GantryError } from '@gantry/contract/errors.ts';
import { showPage } from './sign-in-page.ts';

/** How long a person may take in the browser, in milliseconds. */
const LONGEST_MS = 10 * 60_000;

/** The address with which the browser returned, and its request, which still needs an answer. */
interface Return {
  readonly address: URL;
  readonly response: ServerResponse;
}

/** What errors call the browser's part: `The sign-in`, and other ways to do it. */
interface Way {
  readonly name: string;
  readonly instead: string;
  readonly again: string;
}

/** Waits at an address of this machine for a browser to return (RFC 8252). */
interface BrowserReturn {
  readonly redirectUrl: string;
  /** Resolves with the request that carries our state; ignores any other request. Throws Unavailable when nobody returns within ten minutes. */
  wait(state: string): Promise<Return>;
  close(): void;
}

/** Listens at the first registered address with a free port. Throws Unavailable without one. */
export async function awaitBrowser(redirectUrls: readonly string[], way: Way): Promise<BrowserReturn> {
  const { server, redirectUrl } = await listen(redirectUrls, way);
  return {
    redirectUrl,
    wait: (state) => comeBack(server, redirectUrl, state, way),
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function listen(redirectUrls: readonly string[], { name, instead }: Way) {
  for (const redirectUrl of redirectUrls) {
    const { hostname, port } = new URL(redirectUrl);
    const server = createServer().listen(Number(port), hostname);
    try {
      await once(server, 'listening');
      return { server, redirectUrl };
    } catch {
      server.close();
    }
  }
  const ports = redirectUrls.map((address) => new URL(address).port).join(', ');
  throw new GantryError(
    'Unavailable',
    `${name} ends at one of the ports ${ports} of this machine, and other programs hold them all: free one, or ${instead}.`,
  );
}

async function comeBack(server: Server, redirectUrl: string, state: string, { again }: Way): Promise<Return> {
  const { promise, resolve, reject } = Promise.withResolvers<Return>();
  const timer = setTimeout(() => reject(new GantryError('Unavailable', again)), LONGEST_MS);
  let back = false;
  server.on('request', (request, response) => {
    const given = request.url ?? '/';
    const address = URL.canParse(given, redirectUrl) ? new URL(given, redirectUrl) : undefined;
    const ours = address?.pathname === new URL(redirectUrl).pathname && address.searchParams.get('state') === state;
    if (!ours || back) return void showPage(response, 'stranger');
    back = true;
    resolve({ address, response });
  });
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}
