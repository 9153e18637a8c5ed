import { parseArgs } from 'node:util';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { print, run } from './command.ts';
import { registerApp } from './manifest.ts';
import { stageOf } from './options.ts';
import { githubAppSecret } from './stacks.ts';

const USAGE = `Usage: npm run github -- --api <Url> [--organization <name>] [--name <name>] [--enterprise <url>] [--stage <stage>]

Registers the stage's GitHub App and keeps its settings in Secrets Manager. --api is the Url that \`cdk deploy\` printed, or the address at which
GitHub reaches a platform on one machine. --organization is the owner of the App, by default your own account. --enterprise is the address of a
GitHub Enterprise Server. AWS_REGION, AWS_ENDPOINT_URL and the usual credentials in the environment select AWS or the local cloud. --stage,
GANTRY_STAGE or gantry.stage.json names the stage; the local cloud's stage is "local".`;

/** Runs the command and returns its exit code: 0 for success, 1 for failure, 2 for wrong use. */
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
      `GitHub registered the App ${app.slug}, but its settings could not be stored. Delete the App at ${webUrl}/settings/apps.`,
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

/** The origin of an address without a path. Undefined if the text is not an address. */
function origin(text: string | undefined): string | undefined {
  const url = text === undefined ? null : URL.parse(text);
  return url === null || !/^https?:$/.test(url.protocol) ? undefined : url.origin;
}

await run('Not registered', main);
