import { parseArgs } from 'node:util';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { print, run } from './command.ts';
import { registerApp } from './manifest.ts';
import { stageOf } from './options.ts';
import { githubAppSecret } from './stacks.ts';

const USAGE = `Usage: npm run github -- --api <Url> [--organization <name>] [--name <name>] [--enterprise <url>] [--stage <stage>]

Registers the stage's GitHub App and keeps its settings in Secrets Manager. --api is what \`cdk deploy\` printed as Url, or the address at which
GitHub reaches a platform of one machine. --organization owns the App, your own account by default. --enterprise is the address of a GitHub
Enterprise Server. Finds AWS, or the local cloud, by AWS_REGION, AWS_ENDPOINT_URL and the usual credentials of the environment; the stage
by --stage, GANTRY_STAGE or gantry.stage.json, "local" on the local cloud.`;

/** Runs the command and answers its exit code: 0 done, 1 not done, 2 wrong use. */
async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      api: { type: 'string' },
      organization: { type: 'string' },
      name: { type: 'string' },
      enterprise: { type: 'string' },
      stage: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return print(USAGE, 0);
  const platformUrl = origin(values.api);
  const webUrl = origin(values.enterprise ?? 'https://github.com');
  if (platformUrl === undefined || webUrl === undefined) return print(USAGE, 2);
  const stage = stageOf(values.stage);
  const registration = {
    name: values.name ?? `gantry-${stage}`,
    platformUrl,
    webUrl,
    organization: values.organization,
  };
  const app = await registerApp(registration, (page) => {
    print(`Open this page in a browser on this machine, within ten minutes:\n\n    ${page}\n`, 0);
  });
  const SecretId = githubAppSecret(stage);
  const secrets = new SecretsManagerClient({});
  try {
    await secrets.send(new PutSecretValueCommand({ SecretId, SecretString: JSON.stringify(app) }));
  } catch (error) {
    print(
      `GitHub has the App ${app.slug} now, but its settings are not kept: delete it at ${webUrl}/settings/apps.`,
      1,
    );
    throw error;
  }
  return print(
    `The App ${app.name} is registered, and its settings are in the secret ${SecretId}.
Next: install it on the repositories to deploy, at ${webUrl}/apps/${app.slug}/installations/new, and let a team take the installation in.
An App that was registered before for this stage is not used any more: delete it in GitHub's settings.`,
    0,
  );
}

/** An address without path, or undefined where the text is none. */
function origin(text: string | undefined): string | undefined {
  const url = text === undefined ? null : URL.parse(text);
  return url === null || !/^https?:$/.test(url.protocol) ? undefined : url.origin;
}

await run('Not registered', main);
