import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { GantryError } from '@gantry/contract/errors.ts';
import type { SignIn } from '@gantry/contract/schemas/identity.ts';
import { beginSignIn, finishSignIn } from '@gantry/contract/signIn.ts';
import { openInBrowser } from './browser.ts';
import type { Surroundings } from './declare.ts';

/** How long somebody may take to sign in, in milliseconds. */
const LONGEST_MS = 10 * 60_000;

const PAGE = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Gantry</title>
<body style="font:16px system-ui;margin:4rem"><h1>Back to the terminal</h1><p>You may close this page.</p></body></html>`;

/**
 * Signs a person in by the browser of this machine: the authorization-code flow with PKCE, which ends at a loopback address (RFC 8252).
 * Throws Unauthenticated where the sign-in fails, and Unavailable where no port is free or nobody comes back within ten minutes.
 */
export async function signInWithBrowser({ out, env, interrupts }: Surroundings, signIn: SignIn, mayOpen: boolean) {
  const { server, redirectUrl } = await listen(signIn.redirectUrls);
  try {
    const pending = await beginSignIn(signIn, redirectUrl);
    interrupts.tell('Interrupted: nobody was signed in.');
    const opened = mayOpen && (await openInBrowser(pending.url, env));
    out.note(
      `${opened ? 'Sign in with your browser. If none has opened, visit' : 'To sign in, visit'}\n\n  ${pending.url}\n`,
    );
    out.status('Waiting for the sign-in …');
    const tokens = await finishSignIn(signIn, pending, await comeBack(server, redirectUrl, pending.state));
    const { accessToken, refreshToken, expiresAt } = tokens;
    return { kind: 'person' as const, accessToken, expiresAt, ...(refreshToken !== undefined && { refreshToken }) };
  } finally {
    out.status(undefined);
    server.closeAllConnections();
    server.close();
  }
}

/** Listens at the first of the registered addresses whose port is free. */
async function listen(redirectUrls: readonly string[]): Promise<{ server: Server; redirectUrl: string }> {
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
    `The sign-in ends at one of the ports ${ports} of this machine, and other programs hold them all: free one, or use --token.`,
  );
}

/** The address with which the browser comes back. What does not carry our state is somebody else's, and is left alone. */
async function comeBack(server: Server, redirectUrl: string, state: string): Promise<URL> {
  const { promise, resolve, reject } = Promise.withResolvers<URL>();
  const late = new GantryError('Unavailable', 'Nobody has signed in within ten minutes. Run `gantry login` again.');
  const timer = setTimeout(() => reject(late), LONGEST_MS);
  server.on('request', (request, response) => {
    const address = new URL(request.url ?? '/', redirectUrl);
    const ours = address.pathname === new URL(redirectUrl).pathname && address.searchParams.get('state') === state;
    response.writeHead(ours ? 200 : 404, { 'content-type': 'text/html; charset=utf-8', connection: 'close' });
    response.end(ours ? PAGE : 'This is not the end of a sign-in.', () => ours && resolve(address));
  });
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}
