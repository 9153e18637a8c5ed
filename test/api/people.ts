import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { type Client, createClient } from '@gantry/client/client.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import type { Invitation, NewInvitation } from '@gantry/contract/schemas/identity.ts';
import { signInAs } from '@gantry/local/example/session.ts';
import { beforeAll } from '@jest/globals';
import { client as owner, platform } from '../journeys/fixture.ts';

export let ownerId: string;
export let teamId: string;
/** Two projects of the team. */
export let shop: string;
export let blog: string;

beforeAll(async () => {
  const session = await owner('session.get', {});
  ownerId = session.user.id;
  teamId = session.teams[0]?.team.id ?? '';
  shop = (await owner('projects.create', { params: { teamId }, body: { slug: 'shop' } })).id;
  blog = (await owner('projects.create', { params: { teamId }, body: { slug: 'blog' } })).id;
}, 90_000);

/** The result of a call: `done`, or the kind of its error. */
export async function outcome(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'done';
  } catch (error) {
    if (error instanceof GantryError) return error.kind;
    throw error;
  }
}

/** The password that AWS would mail. */
export function mailed(email: string): string {
  const passwords = JSON.parse(readFileSync(join(platform.dataDir, 'owner.json'), 'utf8')) as Record<string, string>;
  const password = passwords[email];
  if (password === undefined) throw new Error(`no temporary password was made for ${email}`);
  return password;
}

const PASSWORD = 'Correct-horse-7-battery';

export async function signIn(email: string, password = PASSWORD): Promise<Client> {
  const { accessToken } = await signInAs(platform.endpoints.api, email, password, PASSWORD);
  return bearer(accessToken);
}

export function bearer(token: string): Client {
  return createClient({ baseUrl: platform.endpoints.api, token: () => token });
}

export function invite(body: NewInvitation, as: Client = owner): Promise<Invitation> {
  return as('invitations.create', { params: { teamId }, body });
}

/** A person who was invited, signed in with the mailed password, and accepted. */
export async function newMember(email: string, grants: Omit<NewInvitation, 'email'>) {
  const { id: invitationId } = await invite({ email, ...grants });
  const client = await signIn(email, mailed(email));
  const member = await client('invitations.accept', { params: { teamId, invitationId } });
  return { client, member, params: { teamId, userId: member.userId } };
}

/** Makes a record expire a moment ago, because no test waits for a week. */
export async function expire(operation: { params<P>(): P }): Promise<void> {
  const { aws, region, credentials, outputs } = platform.endpoints;
  const database = DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint: aws, region, credentials }));
  const [, TableName] =
    Object.entries(outputs['gantry-local-data'] ?? {}).find(([name]) => name.startsWith('ExportsOutputRefTable')) ?? [];
  try {
    await database.send(
      new UpdateCommand({
        TableName,
        Key: operation.params<{ Key: Record<string, string> }>().Key,
        UpdateExpression: 'SET expiresAt = :past',
        ConditionExpression: 'attribute_exists(pk)',
        ExpressionAttributeValues: { ':past': new Date(Date.now() - 1_000).toISOString() },
      }),
    );
  } finally {
    database.destroy();
  }
}
