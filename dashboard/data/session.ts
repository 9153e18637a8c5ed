import { createClient } from '@gantry/client/client.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import type { BrowserAccess } from '@gantry/contract/schemas/identity.ts';

/** An access token is renewed so long before it expires, in milliseconds. */
const MARGIN_MS = 60_000;
/** How long another tab may take to hand over its token, in milliseconds. */
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

/** Calls `ended` when the person has signed out, here or in another tab, or the sign-in has expired. */
export function onSignedOut(ended: () => void): () => void {
  endings.add(ended);
  return () => endings.delete(ended);
}

/** The token of whoever is signed in, which lives in memory alone. Throws Unauthenticated where nobody is. */
export async function accessToken(): Promise<string> {
  if (isFresh(access)) return access.accessToken;
  renewal ??= renew().finally(() => {
    renewal = undefined;
  });
  return (await renewal).accessToken;
}

/** All tabs share one renewal: one at a time asks the others first, and hands what it gets to them. */
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

/** Takes in what the session's route gave, and tells the other tabs. */
export function take(given: BrowserAccess): BrowserAccess {
  access = given;
  post({ kind: 'access', access: given });
  return given;
}

/** Signs out at this browser, in all of its tabs. */
export async function endSession(): Promise<void> {
  await anonymous('browserSession.end', {});
  post({ kind: 'ended' });
  forget();
}
