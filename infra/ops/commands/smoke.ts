import { createClient } from '@gantry/client/client.ts';
import { print, UsageError } from '../command.ts';
import { readOptions, STAGE_USAGE } from '../options.ts';
import { smokeTest } from '../smoke.ts';
import { outputOf, stacksOf } from '../stacks.ts';

const USAGE = `Usage: npx gantry-ops smoke --token <token> [--host <host>] [--keep] [--stage <stage>]

Tests the whole way of an app: upload, build, release, traffic, public address. The app is in a project of its own, which is removed at the end
unless --keep is given. The token is an API token (\`gantry token create\`); GANTRY_TOKEN works too. If the app's name does not resolve, the
request goes to the load balancer with the name in its Host header. --host sends the request to another host.

${STAGE_USAGE}`;

/** Returns 0 if the app answered, 1 if a step failed. The message names the step. */
export async function command(args: readonly string[]): Promise<number> {
  const { values, stage } = readOptions(args, {
    help: { type: 'boolean', short: 'h' },
    token: { type: 'string' },
    host: { type: 'string' },
    keep: { type: 'boolean' },
  });
  if (values.help) return print(USAGE, 0);
  const token = values.token ?? process.env.GANTRY_TOKEN;
  if (token === undefined) throw new UsageError(USAGE);
  const stacks = await stacksOf(stage);
  const client = createClient({ baseUrl: outputOf(stacks, 'Url'), token: () => token });
  const options = { host: values.host, loadBalancer: outputOf(stacks, 'LoadBalancer'), keep: values.keep === true };
  const url = await smokeTest(client, options, (line) => print(line, 0));
  return print(`The test app was deployed and answered at ${url}.`, 0);
}
