import { GantryError } from '@gantry/contract/errors.ts';
import { credentialsFile } from '../credentials.ts';
import { verb } from '../declare.ts';
import { checkAddress, openSession } from '../session.ts';

export const command = verb({
  details: 'An API token stays valid elsewhere: `gantry token revoke` ends it.',
  flags: { everywhere: { summary: 'end your sign-ins on all machines, and in browsers' } },
  examples: ['logout', 'logout --everywhere'],
  async run(context) {
    const { api: given, env, out, flags } = context;
    const file = credentialsFile(env);
    const { current, servers } = await file.read();
    const api = checkAddress(given ?? env.GANTRY_API ?? current);
    if (servers[api] === undefined) throw new GantryError('NotFound', `You are not signed in to ${api}.`);
    if (flags.everywhere) await (await openSession({ ...context, api })).client('session.end', {});
    await file.update(({ servers: { [api]: _, ...others } }) => {
      const [next] = Object.keys(others);
      return { servers: others, ...(next !== undefined && { current: current === api ? next : current }) };
    });
    out.result({ api, signedOut: true }, `Signed out of ${api}.`);
  },
});
