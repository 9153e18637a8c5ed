import { GantryError } from '@gantry/contract/errors.ts';

/** How long a deletion that was asked for is left to its machine, in milliseconds; asked for again later, it starts anew. */
const AGAIN_AFTER_MS = 10 * 60_000;

/** Whether a deletion has been asked for a moment ago, so that asking again changes nothing. */
export function isUnderWay({ deletingSince }: { readonly deletingSince?: string | undefined }): boolean {
  return deletingSince !== undefined && Date.now() - Date.parse(deletingSince) < AGAIN_AFTER_MS;
}

/** Throws a Conflict where a deletion is not confirmed by the project's slug, or by another one. `why` says why it must be. */
export function requireConfirmed(confirm: string | undefined, slug: string, why: string | undefined): void {
  if (confirm === slug || (confirm === undefined && why === undefined)) return;
  const detail =
    confirm === undefined ? `${why}: confirm its deletion with the project's name.` : "This is not the project's name.";
  throw new GantryError('Conflict', detail, [
    { field: 'query.confirm', message: `must be the project's slug, ${slug}` },
  ]);
}
