import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { beginSignIn, finishSignIn } from '@gantry/client/sign-in.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import type { SignIn } from '@gantry/contract/schemas/identity.ts';
import { openInBrowser } from './browser.ts';
import type { Surroundings } from './declare.ts';
import { showPage } from './sign-in-page.ts';

/** How long somebody may take to sign in, in milliseconds. */
const LONGEST_MS = 10 * 60_000;

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
    const { address, response } = await comeBack(server, redirectUrl, pending.state);
    const { accessToken, refreshToken, expiresAt } = await finishSignIn(signIn, pending, address).catch(
      async (error) => {
        await showPage(response, 'failed');
        throw error;
      },
    );
    await showPage(response, 'done');
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

/**
 * The address with which the browser comes back, and its request, which is to be answered with how the sign-in ended. A request that does
 * not carry our state is not ours, and changes nothing.
 */
async function comeBack(server: Server, redirectUrl: string, state: string): Promise<Return> {
  const { promise, resolve, reject } = Promise.withResolvers<Return>();
  const late = new GantryError('Unavailable', 'Nobody has signed in within ten minutes. Run `gantry login` again.');
  const timer = setTimeout(() => reject(late), LONGEST_MS);
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

interface Return {
  readonly address: URL;
  readonly response: ServerResponse;
}
