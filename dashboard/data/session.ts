import { createClient } from '@gantry/client/client.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import type { BrowserAccess } from '@gantry/contract/schemas/identity.ts';

/** The time before its expiry at which an access token is renewed, in milliseconds. */
const MARGIN_MS = 60_000;
/** The time that another tab has to hand over its token, in milliseconds. */
const ASK_MS = 60;
const LOCK = 'gantry-session';

type Message = { readonly kind: 'access'; readonly access: BrowserAccess } | { readonly kind: 'ask' | 'ended' };

const anonymous = createClient({ baseUrl: location.origin });
const channel = new BroadcastChannel(LOCK);
const endings = new Set<() => void>();
let access: BrowserAccess | undefined;
let renewal: Promise<BrowserAccess> | undefined;

const post = (message: Message) => channel.postMessage(message);

channel.addEventListener('message', ({ data }: MessageEvent<Message>) => {
  if (data.kind === 'access') access = data.access;
  if (data.kind === 'ask' && isFresh(access)) post({ kind: 'access', access });
  if (data.kind === 'ended') forget();
});

function isFresh(given: BrowserAccess | undefined): given is BrowserAccess {
  return given !== undefined && Date.parse(given.expiresAt) - MARGIN_MS > Date.now();
}

function forget(): void {
  access = undefined;
  for (const ended of endings) ended();
}

/** Calls `ended` when the user has signed out, in any tab, or when the sign-in has expired. */
export function onSignedOut(ended: () => void): () => void {
  endings.add(ended);
  return () => endings.delete(ended);
}

/** The user's access token, which is only in memory. Throws Unauthenticated if nobody is signed in. */
export async function accessToken(): Promise<string> {
  if (isFresh(access)) return access.accessToken;
  renewal ??= renew().finally(() => {
    renewal = undefined;
  });
  return (await renewal).accessToken;
}

/** All tabs share one renewal. One tab at a time asks the others first, and gives them its new token. */
function renew(): Promise<BrowserAccess> {
  return navigator.locks.request(LOCK, async () => {
    await askOthers();
    if (isFresh(access)) return access;
    const renewed = await anonymous('browserSession.refresh', {});
    if (renewed.access !== null) return take(renewed.access);
    forget();
    throw new GantryError('Unauthenticated', 'Nobody is signed in at this browser. Sign in.');
  });
}

async function askOthers(): Promise<void> {
  post({ kind: 'ask' });
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ASK_MS);
  const heard = ({ data }: MessageEvent<Message>) => data.kind === 'access' && resolve();
  channel.addEventListener('message', heard);
  await promise;
  clearTimeout(timer);
  channel.removeEventListener('message', heard);
}

/** Keeps the answer of the session's route, and tells the other tabs. */
export function take(given: BrowserAccess): BrowserAccess {
  access = given;
  post({ kind: 'access', access: given });
  return given;
}

/** Signs out in all tabs of this browser. */
export async function endSession(): Promise<void> {
  await anonymous('browserSession.end', {});
  post({ kind: 'ended' });
  forget();
}
