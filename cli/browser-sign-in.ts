import { beginSignIn, finishSignIn } from '@gantry/client/sign-in.ts';
import type { SignIn } from '@gantry/contract/schemas/identity.ts';
import { openInBrowser } from './browser.ts';
import { awaitBrowser } from './browser-return.ts';
import type { Surroundings } from './declare.ts';
import { showPage } from './sign-in-page.ts';

const WAY = {
  name: 'The sign-in',
  instead: 'use --token',
  again: 'Nobody has signed in within ten minutes. Run `gantry login` again.',
};

/**
 * Signs a person in by this machine's browser: the authorization-code flow with PKCE, which ends at a loopback address (RFC 8252). Throws
 * Unauthenticated when the sign-in fails, and Unavailable when no port is free or nobody returns within ten minutes.
 */
export async function signInWithBrowser({ out, env, interrupts }: Surroundings, signIn: SignIn, mayOpen: boolean) {
  const browser = await awaitBrowser(signIn.redirectUrls, WAY);
  try {
    const pending = await beginSignIn(signIn, browser.redirectUrl);
    interrupts.tell('Interrupted: nobody was signed in.');
    const opened = mayOpen && (await openInBrowser(pending.url, env));
    out.note(
      `${opened ? 'Sign in with your browser. If none has opened, visit' : 'To sign in, visit'}\n\n  ${pending.url}\n`,
    );
    out.status('Waiting for the sign-in …');
    const { address, response } = await browser.wait(pending.state);
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
    browser.close();
  }
}
