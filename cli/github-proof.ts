import { GantryError } from '@gantry/contract/errors.ts';
import { redirectUrls } from '@gantry/contract/redirect-urls.ts';
import type { ProvenAccess } from '@gantry/contract/schemas/source.ts';
import { openInBrowser } from './browser.ts';
import { awaitBrowser } from './browser-return.ts';
import type { Surroundings } from './declare.ts';
import type { Session } from './session.ts';
import { showPage } from './sign-in-page.ts';

const WAY = {
  name: "The way through GitHub's page",
  instead: 'run it on another machine',
  again: "Nobody has come back from GitHub's page within ten minutes. Run `gantry github join` again.",
};

/** The installations that GitHub confirms for a person. */
export interface Proof extends ProvenAccess {
  readonly authorizationId: string;
  /** The page for installing the App, if it is not installed yet; undefined when the page was shown before. */
  readonly installUrl?: string | undefined;
}

/** Sends a person through GitHub's page in this machine's browser. Throws Forbidden when they decline. */
export async function proveAccess(
  { out, env, interrupts }: Surroundings,
  { client }: Session,
  teamId: string,
  mayOpen: boolean,
): Promise<Proof> {
  const browser = await awaitBrowser(redirectUrls, WAY);
  try {
    const body = { redirectUrl: browser.redirectUrl };
    const begun = await client('authorizations.create', { params: { teamId }, body });
    const { id: authorizationId, authorizeUrl, installUrl } = begun;
    interrupts.tell('Interrupted: nothing was joined.');
    const opened = mayOpen && (await openInBrowser(authorizeUrl, env));
    const ask = opened ? 'Agree on GitHub in your browser. If none has opened, visit' : 'To agree on GitHub, visit';
    out.note(
      `${ask}\n\n  ${authorizeUrl}\n\nIf the GitHub App is not installed there yet, visit first\n\n  ${installUrl}\n`,
    );
    out.status('Waiting for GitHub …');
    const { address, response } = await browser.wait(authorizationId);
    try {
      const proof = await prove(client, teamId, authorizationId, address);
      await showPage(response, 'proved');
      return { ...proof, installUrl };
    } catch (error) {
      await showPage(response, 'unproved');
      throw error;
    }
  } finally {
    out.status(undefined);
    browser.close();
  }
}

/** The same by the final address of a browser on another machine. Throws Invalid for an address that is not GitHub's answer. */
export async function proveByAddress({ client }: Session, teamId: string, returned: string): Promise<Proof> {
  const address = URL.canParse(returned) ? new URL(returned) : undefined;
  const authorizationId = address?.searchParams.get('state') ?? '';
  if (address === undefined || authorizationId === '')
    throw new GantryError(
      'Invalid',
      '--returned is the whole address at which the browser ended, with `code` and `state`.',
    );
  return prove(client, teamId, authorizationId, address);
}

async function prove(
  client: Session['client'],
  teamId: string,
  authorizationId: string,
  { searchParams }: URL,
): Promise<Proof> {
  const code = searchParams.get('code');
  if (code === null) {
    const why = searchParams.get('error_description') ?? searchParams.get('error') ?? 'its answer has no code';
    throw new GantryError('Forbidden', `GitHub has not said who you are: ${why}. Run \`gantry github join\` again.`);
  }
  const { installations } = await client('authorizations.prove', {
    params: { teamId, authorizationId },
    body: { code },
  });
  return { authorizationId, installations };
}
