import {
  PutSecretValueCommand,
  SecretsManagerClient,
  type SecretsManagerClientConfig,
} from '@aws-sdk/client-secrets-manager';
import type { Client } from '@gantry/client/client.ts';
import type { GitHubApp } from '@gantry/contract/github.ts';
import { redirectUrls } from '@gantry/contract/redirect-urls.ts';
import type { Endpoints } from './platform.ts';

/** The result of `npm run github`: the operator's settings and the stage's secret. */
export async function registerApp(
  operator: SecretsManagerClientConfig,
  SecretId: string | undefined,
  github: { app(): GitHubApp },
): Promise<void> {
  const secrets = new SecretsManagerClient(operator);
  await secrets.send(new PutSecretValueCommand({ SecretId, SecretString: JSON.stringify(github.app()) }));
  secrets.destroy();
}

/** The same for a platform that a journey has started. */
export function registerAppOf(
  { aws: endpoint, region, credentials, outputs }: Endpoints,
  github: { app(): GitHubApp },
) {
  const secretId = outputs['gantry-local-source']?.['GithubAppSecret'];
  return registerApp({ endpoint, region, credentials }, secretId, github);
}

/** A person's steps in a browser: agrees on GitHub, returns with a code and their `state`, and joins. */
export async function joinInstallation(client: Client, teamId: string, installationId: number) {
  const params = { teamId };
  const redirectUrl = redirectUrls[0] ?? '';
  const { id, authorizeUrl } = await client('authorizations.create', { params, body: { redirectUrl } });
  const back = new URL((await fetch(authorizeUrl, { redirect: 'manual' })).headers.get('location') ?? '');
  if (back.searchParams.get('state') !== id) throw new Error(`GitHub sent the person back to ${back}, not to ${id}`);
  const code = back.searchParams.get('code') ?? '';
  await client('authorizations.prove', { params: { ...params, authorizationId: id }, body: { code } });
  const body = { authorizationId: id, installationId: String(installationId) };
  return client('installations.join', { params, body });
}
