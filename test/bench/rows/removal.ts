import { AdminSetUserPasswordCommand, CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { type Client, createClient } from '@gantry/client/client.ts';
import { openLive } from '@gantry/client/live.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { topics } from '@gantry/contract/topics.ts';
import { signInAs } from '@gantry/local/example/session.ts';
import { quantile, type Topic } from '../figures.ts';
import type { Bed } from '../platform.ts';

const MEMBERS = 40;
const LATE_MS = 10_000;
const PASSWORD = 'Correct-horse-7-battery';

/** How long a removed member still receives events of the team, and whether any of their calls still passes. */
export const removal = (bed: Bed): Topic => ({
  name: 'removal',
  async measure() {
    const silent: number[] = [];
    let passed = 0;
    for (let number = 0; number < MEMBERS; number += 1) {
      const removed = await removeOne(bed, `leaver-${number}@example.com`);
      silent.push(removed.silentMs);
      passed += removed.passed;
    }
    const detail = `${MEMBERS} members, one after the other, each with a session, an API token and a topic`;
    return [
      { name: 'calls that passed after a removal', value: passed, unit: 'calls', aim: 0, detail },
      { name: 'removal to the end of topics, median', value: quantile(silent, 0.5), unit: 'ms', detail },
      { name: 'removal to the end of topics, p99', value: quantile(silent, 0.99), unit: 'ms', aim: 1000, detail },
    ];
  },
});

async function removeOne(bed: Bed, email: string): Promise<{ silentMs: number; passed: number }> {
  const { client: owner, teamId } = bed;
  const client = await join(bed, email);
  const { user } = await client('session.get', {});
  const { secret } = await client('tokens.create', { params: { teamId }, body: { name: 'ci', scope: 'all' } });
  const live = await openLive(client);
  try {
    const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
    await live.subscribe({ teamId }, topics.team(teamId), { onFrame: () => undefined, onEnd: () => resolve() });
    const late = setTimeout(() => reject(new Error(`${email} still follows the team`)), LATE_MS);
    await owner('members.remove', { params: { teamId, userId: user.id } });
    const began = performance.now();
    const silent = ended.then(() => performance.now() - began).finally(() => clearTimeout(late));
    const calls = [client, clientOf(bed, secret)].map((each) => passes(each('projects.list', { params: { teamId } })));
    const passed = (await Promise.all(calls)).filter(Boolean).length;
    return { silentMs: await silent, passed };
  } finally {
    live.close();
  }
}

/** Invites a user, sets their password, and accepts for them. */
async function join(bed: Bed, email: string): Promise<Client> {
  const { teamId, endpoints } = bed;
  const { id: invitationId } = await bed.client('invitations.create', {
    params: { teamId },
    body: { email, role: 'developer' },
  });
  const cognito = new CognitoIdentityProviderClient({
    endpoint: endpoints.aws,
    region: endpoints.region,
    credentials: endpoints.credentials,
  });
  const UserPoolId = Object.values(endpoints.outputs['gantry-local-identity'] ?? {}).find(
    (value) => typeof value === 'string' && /^[\w-]+_\w+$/.test(value),
  );
  await cognito.send(
    new AdminSetUserPasswordCommand({
      UserPoolId: String(UserPoolId),
      Username: email,
      Password: PASSWORD,
      Permanent: true,
    }),
  );
  const { accessToken } = await signInAs(endpoints.api, email, PASSWORD);
  const client = clientOf(bed, accessToken);
  await client('invitations.accept', { params: { teamId, invitationId } });
  return client;
}

function clientOf({ endpoints }: Bed, token: string): Client {
  return createClient({ baseUrl: endpoints.api, token: () => token });
}

async function passes(call: Promise<unknown>): Promise<boolean> {
  try {
    await call;
    return true;
  } catch (error) {
    if (error instanceof GantryError && (error.kind === 'NotFound' || error.kind === 'Unauthenticated')) return false;
    throw error;
  }
}
