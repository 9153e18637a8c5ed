import { readStage } from '../../stage.ts';
import { cdkDeploy } from '../cdk.ts';
import { print } from '../command.ts';
import { readOptions, STAGE_USAGE } from '../options.ts';
import { outputOf, stacksOf } from '../stacks.ts';
import { command as preflight } from './preflight.ts';
import { command as smoke } from './smoke.ts';

const USAGE = `Usage: npx gantry-ops deploy [--skip-preflight] [--token <token>] [--assembly <folder>] [--stage <stage>]

Looks whether the account can take the installation, deploys every stack in the order of their references (about half an hour the first
time, most of it the cluster), and sends an app the whole way where it has a token of the API. --assembly deploys a folder that \`cdk synth\` made. docs/guides/install.md

${STAGE_USAGE}`;

/** Answers 0 once every stack is deployed and, with a token, an app answered. */
export async function command(args: readonly string[]): Promise<number> {
  const { values, stage } = readOptions(args, {
    help: { type: 'boolean', short: 'h' },
    token: { type: 'string' },
    'skip-preflight': { type: 'boolean' },
    assembly: { type: 'string' },
  });
  if (values.help) return print(USAGE, 0);
  process.env.GANTRY_STAGE = stage;
  if (!values['skip-preflight'] && (await preflight(['--stage', stage])) !== 0) return 1;
  const code = await cdkDeploy(values.assembly);
  if (code !== 0) return print('Not every stack is deployed: mend the cause above and run this again.', code);
  const token = values.token ?? process.env.GANTRY_TOKEN;
  if (token !== undefined) return smoke(['--stage', stage, '--token', token]);
  const stacks = await stacksOf(stage);
  const url = outputOf(stacks, 'Url');
  print(
    `Every stack is deployed. The dashboard and the API are at ${url}. Cognito has sent the first owner a password.`,
    0,
  );
  if (readStage(() => undefined).firewallArn === undefined)
    print(
      `The firewall is not in use yet. To use it, write "firewallArn": "${outputOf(stacks, 'FirewallArn')}" into gantry.stage.json, and deploy again.`,
      0,
    );
  return print(
    `Next, as the first owner:
  gantry login --api ${url}
  GANTRY_TOKEN=$(gantry token create smoke --scope all --json | jq -r .secret) npx gantry-ops smoke --stage ${stage}`,
    0,
  );
}
