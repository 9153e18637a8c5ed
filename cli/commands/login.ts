import { text } from 'node:stream/consumers';
import { GantryError } from '@gantry/contract/errors.ts';
import { signInWithBrowser } from '../browser-sign-in.ts';
import { type Credential, credentialsFile } from '../credentials.ts';
import { type Surroundings, verb } from '../declare.ts';
import { checkAddress, clientOf } from '../session.ts';

export const command = verb({
  details:
    'Opens the sign-in pages in a browser on this machine. With --token, an API token is read from stdin, or from the flag, where other\n' +
    'users of the machine can see it. GANTRY_TOKEN needs no login and wins over a stored one.',
  flags: {
    token: {
      summary: 'an API token instead of the browser; from stdin without a value',
      value: 'token',
      valueOptional: true,
    },
    print: { summary: 'print the address of the sign-in, and open no browser' },
  },
  examples: [
    'login --api https://gantry.example.com',
    'login --api http://127.0.0.1:4510',
    'login --token < token.txt',
  ],
  async run(context) {
    const { env, flags, out, api: given } = context;
    const file = credentialsFile(env);
    const api = checkAddress(given ?? env.GANTRY_API ?? (await file.read()).current);
    const signedIn =
      flags.token === undefined
        ? await signInWithBrowser(context, await clientOf(api)('signIn.get', {}), flags.print !== true)
        : { kind: 'token' as const, token: await readToken(context, flags.token) };
    const bearer = signedIn.kind === 'token' ? signedIn.token : signedIn.accessToken;
    const { user, teams } = await clientOf(api, () => bearer)('session.get', {});
    const credential: Credential = { ...signedIn, email: user.email };
    await file.update(({ servers }) => ({ current: api, servers: { ...servers, [api]: credential } }));
    out.result({ api, as: credential.kind, user, teams }, `Signed in to ${api} as ${user.email}.`);
  },
});

async function readToken({ prompts }: Surroundings, given: string | true): Promise<string> {
  const token =
    given !== true
      ? given
      : prompts.possible
        ? await prompts.secret('API token', '--token')
        : await text(process.stdin);
  if (!/^gty_\S+$/.test(token.trim()))
    throw new GantryError(
      'Invalid',
      'This is not an API token: tokens begin with gty_. Make one with `gantry token create`.',
    );
  return token.trim();
}
