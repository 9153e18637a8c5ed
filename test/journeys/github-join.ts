import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Client } from '@gantry/contract/client.ts';
import { redirectUrls } from '@gantry/contract/signIn.ts';
import type { GitHubStandIn } from './github.ts';
import type { Endpoints } from './platform.ts';

/** What `npm run github` ends with. */
export async function registerApp(endpoints: Endpoints, standIn: GitHubStandIn): Promise<void> {
  const { aws: endpoint, region, credentials, outputs } = endpoints;
  const secrets = new SecretsManagerClient({ endpoint, region, credentials });
  const SecretId = outputs['gantry-local-source']?.['GithubAppSecret'];
  await secrets.send(new PutSecretValueCommand({ SecretId, SecretString: JSON.stringify(standIn.app()) }));
  secrets.destroy();
}

/** Has a team join an installation as a person does in a browser, who says yes on GitHub and comes back with a code. */
export async function joinInstallation(client: Client, teamId: string, installationId: number) {
  const redirectUrl = redirectUrls[0] ?? '';
  const { authorizeUrl } = await client('authorizations.create', { params: { teamId }, body: { redirectUrl } });
  const back = new URL((await fetch(authorizeUrl, { redirect: 'manual' })).headers.get('location') ?? '');
  const authorizationId = back.searchParams.get('state') ?? '';
  const code = back.searchParams.get('code') ?? '';
  await client('authorizations.prove', { params: { teamId, authorizationId }, body: { code } });
  const body = { authorizationId, installationId: String(installationId) };
  return client('installations.join', { params: { teamId }, body });
}
