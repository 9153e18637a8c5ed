import { createClient } from '@gantry/client/client.ts';
import { print, UsageError } from '../command.ts';
import { readOptions, STAGE_USAGE } from '../options.ts';
import { smokeTest } from '../smoke.ts';
import { outputOf, stacksOf } from '../stacks.ts';

const USAGE = `Usage: npx gantry-ops smoke --token <token> [--host <host>] [--keep] [--stage <stage>]

Sends an app the whole way: upload, build, release, traffic, its public address. It makes a project of its own and removes it at the end, unless
--keep. The token is one of the API (\`gantry token create\`), also from GANTRY_TOKEN. Where the app's name is not resolved, the request
goes to the load balancer with the name in its Host header; --host names another place to send it to.

${STAGE_USAGE}`;

/** Answers 0 where the app answered, 1 where something on the way failed: the message says which step. */
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
  return print(`An app went the whole way and answered at ${url}.`, 0);
}
