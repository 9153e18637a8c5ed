import { createClient } from '@gantry/client/client.ts';
import { beginSignIn } from '@gantry/client/sign-in.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { endSession, take } from './session.ts';

/** A sign-in that has begun. It holds no token, and its verifier is useless without the code. */
interface Pending {
  readonly state: string;
  readonly verifier: string;
  readonly returnTo: string;
}

const KEY = 'gantry-sign-in';
const anonymous = createClient({ baseUrl: location.origin });

/** Sends the user to the sign-in pages. They return the user to `returnTo`, a path of the dashboard. */
export async function goToSignIn(returnTo: string): Promise<void> {
  const { dashboard, ...signIn } = await anonymous('signIn.get', {});
  const pending = await beginSignIn({ ...signIn, dashboard, clientId: dashboard.clientId }, dashboard.redirectUrl);
  const { state, verifier } = pending;
  sessionStorage.setItem(KEY, JSON.stringify({ state, verifier, returnTo } satisfies Pending));
  location.assign(pending.url);
}

/** Completes a sign-in, and returns the path to show. Throws Unauthenticated if this tab did not begin it. */
export async function finishSignIn(returned: URL): Promise<string> {
  const kept = sessionStorage.getItem(KEY);
  sessionStorage.removeItem(KEY);
  const pending = kept === null ? undefined : (JSON.parse(kept) as Pending);
  const { searchParams } = returned;
  const code = searchParams.get('code');
  if (pending === undefined || code === null || searchParams.get('state') !== pending.state) {
    const why = searchParams.get('error_description') ?? 'This sign-in began in another tab.';
    throw new GantryError('Unauthenticated', why);
  }
  take(await anonymous('browserSession.create', { body: { code, verifier: pending.verifier } }));
  return pending.returnTo;
}

/** Signs out here and at the sign-in pages. Otherwise those would let the next user in as this one. */
export async function signOut(): Promise<void> {
  const { dashboard } = await anonymous('signIn.get', {});
  await endSession();
  const url = new URL(dashboard.logoutUrl);
  url.search = new URLSearchParams({ client_id: dashboard.clientId, logout_uri: location.origin }).toString();
  location.assign(url);
}
