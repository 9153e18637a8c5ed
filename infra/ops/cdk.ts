import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { ROOT } from '../constructs/bundle.ts';

/** Deploys every stack of the stage with the CDK's own command, which shows its progress; answers its exit code. A stack that fails ends it, and a repeat goes on there. */
export async function cdkDeploy(): Promise<number> {
  const child = spawn('npx', ['cdk', 'deploy', '--all', '--require-approval', 'never', '--progress', 'events'], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  const [code] = await once(child, 'exit');
  return code ?? 1;
}
