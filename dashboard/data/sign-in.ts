import { createClient } from '@gantry/client/client.ts';
import { beginSignIn } from '@gantry/client/sign-in.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { endSession, take } from './session.ts';

/** A sign-in that has begun, until the person is back. It holds no token: the verifier is worth nothing without the code. */
interface Pending {
  readonly state: string;
  readonly verifier: string;
  readonly returnTo: string;
}

const KEY = 'gantry-sign-in';
const anonymous = createClient({ baseUrl: location.origin });

/** Sends the person to the sign-in pages, and has them come back to `returnTo`, a path of the dashboard. */
export async function goToSignIn(returnTo: string): Promise<void> {
  const { dashboard, ...signIn } = await anonymous('signIn.get', {});
  const pending = await beginSignIn({ ...signIn, dashboard, clientId: dashboard.clientId }, dashboard.redirectUrl);
  const { state, verifier } = pending;
  sessionStorage.setItem(KEY, JSON.stringify({ state, verifier, returnTo } satisfies Pending));
  location.assign(pending.url);
}

/** Ends the sign-in with which the person came back; answers the path to go on to. Throws Unauthenticated where it is not one of this tab. */
export async function finishSignIn(returned: URL): Promise<string> {
  const kept = sessionStorage.getItem(KEY);
  sessionStorage.removeItem(KEY);
  const pending = kept === null ? undefined : (JSON.parse(kept) as Pending);
  const { searchParams } = returned;
  const code = searchParams.get('code');
  if (pending === undefined || code === null || searchParams.get('state') !== pending.state) {
    const why = searchParams.get('error_description') ?? 'The answer does not belong to a sign-in of this tab.';
    throw new GantryError('Unauthenticated', why);
  }
  take(await anonymous('browserSession.create', { body: { code, verifier: pending.verifier } }));
  return pending.returnTo;
}

/** Signs out here and at the sign-in pages, which would otherwise let the next person in as this one. */
export async function signOut(): Promise<void> {
  const { dashboard } = await anonymous('signIn.get', {});
  await endSession();
  const url = new URL(dashboard.logoutUrl);
  url.search = new URLSearchParams({ client_id: dashboard.clientId, logout_uri: location.origin }).toString();
  location.assign(url);
}
