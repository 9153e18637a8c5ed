import { redeemCode, renewTokens, revokeTokens, type SignInTokens } from '@gantry/cloud/sign-in-tokens.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import type { BrowserAccess, NewBrowserSession } from '@gantry/contract/schemas/identity.ts';

/** Where the refresh token of a browser is kept: in a cookie. */
export interface Keeper {
  readonly value: string | undefined;
  keep(refreshToken: string, seconds: number): void;
  forget(): void;
}

/** As long as the user pool lets a refresh token live. */
const KEPT_SECONDS = 30 * 24 * 3600;

/** Ends a sign-in that the dashboard has begun. The page gets the access token alone. Throws Unauthenticated. */
export async function createBrowserSession(
  { code, verifier }: NewBrowserSession,
  redirectUrl: string,
  keeper: Keeper,
): Promise<BrowserAccess> {
  return granted(await redeemCode(code, verifier, redirectUrl), keeper);
}

/** Renews the access token, and the cookie with it. Null where nobody is signed in at this browser any more: the cookie goes then. */
export async function refreshBrowserSession(keeper: Keeper): Promise<{ access: BrowserAccess | null }> {
  if (keeper.value === undefined) return { access: null };
  try {
    return { access: granted(await renewTokens(keeper.value), keeper) };
  } catch (error) {
    if (!(error instanceof GantryError) || error.kind !== 'Unauthenticated') throw error;
    keeper.forget();
    return { access: null };
  }
}

/** Signs out at this browser; harmless where nobody is signed in. */
export async function endBrowserSession(keeper: Keeper): Promise<{ signedOut: true }> {
  if (keeper.value !== undefined) await revokeTokens(keeper.value);
  keeper.forget();
  return { signedOut: true };
}

function granted({ accessToken, refreshToken, expiresAt }: SignInTokens, keeper: Keeper): BrowserAccess {
  if (refreshToken !== undefined) keeper.keep(refreshToken, KEPT_SECONDS);
  return { accessToken, expiresAt: new Date(expiresAt).toISOString() };
}
