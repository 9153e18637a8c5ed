import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { ROOT } from '../constructs/bundle.ts';

/** What a template says of its own making stays out, so that one that did not change is left as it is. */
const FLAGS = [
  '--require-approval',
  'never',
  '--progress',
  'events',
  '--no-path-metadata',
  '--no-asset-metadata',
  '--no-notices',
];
/** The CDK tells AWS of its use otherwise. */
const QUIET = { CDK_DISABLE_CLI_TELEMETRY: 'true' };

/**
 * Deploys every stack with the CDK's own command, which shows its progress; answers its exit code. A stack that fails ends it, and a repeat goes on
 * there. `assembly` is a folder that was synthesized before; the stage of GANTRY_STAGE is synthesized where none is given, with `more`
 * in its environment.
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
