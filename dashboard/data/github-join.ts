import { GantryError } from '@gantry/contract/errors.ts';
import { joinedUrl } from '@gantry/contract/redirect-urls.ts';
import type { Team } from '@gantry/contract/schemas/identity.ts';
import type { AccessibleInstallation } from '@gantry/contract/schemas/source.ts';
import { client } from './client.ts';

/** A visit to GitHub's pages that has begun. */
interface Pending {
  readonly authorizationId: string;
  readonly installUrl: string;
  readonly teamId: string;
  readonly teamSlug: string;
}

/** The accounts that the user may join, according to GitHub. */
export interface Proof extends Pending {
  readonly installations: readonly AccessibleInstallation[];
}

const KEY = 'gantry-github';

/** Sends the user to GitHub, which then confirms the accounts that the user may join. */
export async function goToGitHub({ id: teamId, slug: teamSlug }: Team): Promise<void> {
  const body = { redirectUrl: joinedUrl(location.origin) };
  const { id, authorizeUrl, installUrl } = await client('authorizations.create', { params: { teamId }, body });
  const pending: Pending = { authorizationId: id, installUrl, teamId, teamSlug };
  sessionStorage.setItem(KEY, JSON.stringify(pending));
  location.assign(authorizeUrl);
}

/** Completes a visit to GitHub. Throws Forbidden if GitHub refused, or if this tab did not begin it. */
export async function finishGitHub({ searchParams }: URL): Promise<Proof> {
  const kept = sessionStorage.getItem(KEY);
  const pending = kept === null ? undefined : (JSON.parse(kept) as Pending);
  const code = searchParams.get('code');
  if (pending === undefined || searchParams.get('state') !== pending.authorizationId)
    throw new GantryError(
      'Forbidden',
      'This answer of GitHub belongs to another tab. Begin again on the page GitHub of your team.',
    );
  sessionStorage.removeItem(KEY);
  if (code === null)
    throw new GantryError(
      'Forbidden',
      `GitHub has not said who you are: ${searchParams.get('error_description') ?? 'its answer has no code'}.`,
    );
  const { teamId, authorizationId } = pending;
  const { installations } = await client('authorizations.prove', {
    params: { teamId, authorizationId },
    body: { code },
  });
  return { ...pending, installations };
}
