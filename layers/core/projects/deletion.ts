import { GantryError } from '@gantry/contract/errors.ts';

/** How long a requested deletion is left to its machine, in milliseconds; a later request starts it again. */
const AGAIN_AFTER_MS = 10 * 60_000;

/** Whether a deletion was requested a moment ago, so that another request changes nothing. */
export function isUnderWay({ deletingSince }: { readonly deletingSince?: string | undefined }): boolean {
  return deletingSince !== undefined && Date.now() - Date.parse(deletingSince) < AGAIN_AFTER_MS;
}

/** Throws a Conflict without the project's slug as confirmation, or with another slug. `why` says why a confirmation is needed. */
export function requireConfirmed(confirm: string | undefined, slug: string, why: string | undefined): void {
  if (confirm === slug || (confirm === undefined && why === undefined)) return;
  const detail =
    confirm === undefined ? `${why}: confirm its deletion with the project's name.` : "This is not the project's name.";
  throw new GantryError('Conflict', detail, [
    { field: 'query.confirm', message: `must be the project's slug, ${slug}` },
  ]);
}
