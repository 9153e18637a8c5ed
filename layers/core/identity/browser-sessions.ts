import { redeemCode, renewTokens, revokeTokens, type SignInTokens } from '@gantry/cloud/sign-in-tokens.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import type { BrowserAccess, NewBrowserSession } from '@gantry/contract/schemas/identity.ts';

/** The cookie of a browser's refresh token. */
export interface Keeper {
  readonly value: string | undefined;
  keep(refreshToken: string, seconds: number): void;
  forget(): void;
}

/** The lifetime of a refresh token in the user pool. */
const KEPT_SECONDS = 30 * 24 * 3600;

/** Completes a sign-in that the dashboard began. The page gets the access token only. Throws Unauthenticated. */
export async function createBrowserSession(
  { code, verifier }: NewBrowserSession,
  redirectUrl: string,
  keeper: Keeper,
): Promise<BrowserAccess> {
  return granted(await redeemCode(code, verifier, redirectUrl), keeper);
}

/** Renews the access token and the cookie. Null when nobody is signed in at this browser any more; the cookie is then deleted. */
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

/** Signs out at this browser; harmless when nobody is signed in. */
export async function endBrowserSession(keeper: Keeper): Promise<{ signedOut: true }> {
  if (keeper.value !== undefined) await revokeTokens(keeper.value);
  keeper.forget();
  return { signedOut: true };
}

function granted({ accessToken, refreshToken, expiresAt }: SignInTokens, keeper: Keeper): BrowserAccess {
  if (refreshToken !== undefined) keeper.keep(refreshToken, KEPT_SECONDS);
  return { accessToken, expiresAt: new Date(expiresAt).toISOString() };
}
