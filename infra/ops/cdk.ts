import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { ROOT } from '../constructs/bundle.ts';

/** Options that keep metadata out of a template, so that a stack without a change is not deployed. */
const FLAGS = [
  '--require-approval',
  'never',
  '--progress',
  'events',
  '--no-path-metadata',
  '--no-asset-metadata',
  '--no-notices',
];
/** Without this, the CDK sends usage data to AWS. */
const QUIET = { CDK_DISABLE_CLI_TELEMETRY: 'true' };

/**
 * Deploys every stack with the CDK's own command, which shows its progress. Returns the exit code. The deployment stops
 * at a stack that fails, and a repeat continues there. `assembly` is a folder that was synthesized before. By default,
 * the stage in GANTRY_STAGE is synthesized, with `more` in the environment.
 */
export async function cdkDeploy(assembly?: string, more: Readonly<Record<string, string>> = {}): Promise<number> {
  const cdk = fileURLToPath(import.meta.resolve('aws-cdk/bin/cdk'));
  const app = assembly === undefined ? [] : ['--app', assembly];
  const child = spawn(process.execPath, [cdk, 'deploy', '--all', ...FLAGS, ...app], {
    cwd: ROOT,
    env: { ...process.env, ...QUIET, ...more },
    stdio: 'inherit',
  });
  const [code] = await once(child, 'exit');
  return code ?? 1;
}
