import { readStage } from '../../stage.ts';
import { cdkDeploy } from '../cdk.ts';
import { print } from '../command.ts';
import { readOptions, STAGE_USAGE } from '../options.ts';
import { outputOf, stacksOf } from '../stacks.ts';
import { command as preflight } from './preflight.ts';
import { command as smoke } from './smoke.ts';

const USAGE = `Usage: npx gantry-ops deploy [--skip-preflight] [--token <token>] [--assembly <folder>] [--stage <stage>]

Checks whether the account can hold the installation, and deploys every stack in the order of their references. The first time takes about half
an hour, mostly for the cluster. With an API token, the command then deploys a test app. --assembly deploys a folder that \`cdk synth\` made.
More: docs/guides/install.md

${STAGE_USAGE}`;

/** Returns 0 once every stack is deployed and, with a token, an app answered. */
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
  const code = await deployAll(stage, values.assembly);
  if (code !== 0) return print('Some stacks are not deployed. Fix the cause above and run this command again.', code);
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
      `The firewall is not in use yet. To use the firewall, write "firewallArn": "${outputOf(stacks, 'FirewallArn')}" into gantry.stage.json, and deploy again.`,
      0,
    );
  return print(
    `Next, as the first owner:
  gantry login --api ${url}
  GANTRY_TOKEN=$(gantry token create smoke --scope all --json | jq -r .secret) npx gantry-ops smoke --stage ${stage}`,
    0,
  );
}

/**
 * Deploys every stack. CloudFormation rolls back a first deployment that fails, and cannot delete protected resources.
 * So the first pass deploys without protection, and a second pass adds it once every stack exists.
 */
async function deployAll(stage: string, assembly: string | undefined): Promise<number> {
  const { removalPolicy, deletionProtection } = readStage(() => undefined);
  const stacks = await stacksOf(stage);
  const holdsPeople = stacks.some(({ topic, status }) => topic === 'identity' && LASTING.test(status));
  if (assembly !== undefined || holdsPeople || removalPolicy !== 'retain' || !deletionProtection)
    return cdkDeploy(assembly);
  const code = await cdkDeploy(undefined, { GANTRY_DELETION_PROTECTION: 'off' });
  if (code !== 0) return code;
  print('Every stack exists. Next: protect the table and the user pool from deletion.', 0);
  return cdkDeploy();
}

/** The state of a stack that was complete at least once. */
const LASTING = /^(CREATE_COMPLETE|UPDATE_.+|IMPORT_.+)$/;
