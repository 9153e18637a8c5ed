import {
  AdminCreateUserCommand,
  AdminGetUserCommand,
  type CognitoIdentityProviderClient,
  UserNotFoundException,
} from '@aws-sdk/client-cognito-identity-provider';
import type { Item } from './archive.ts';

export interface Pool {
  readonly client: CognitoIdentityProviderClient;
  readonly id: string;
}

/**
 * Finds each person of the records in the user pool by e-mail, makes accounts for people without one, and returns the
 * records with today's subjects. A new account has another subject, and access tokens name a person by the subject.
 */
export async function restoreAccounts(
  pool: Pool,
  items: readonly Item[],
  silent: boolean,
): Promise<{ readonly items: readonly Item[]; readonly made: number }> {
  const subjects = new Map<string, string>();
  let made = 0;
  for (const item of items.filter(({ __edb_e__ }) => __edb_e__?.S === 'user')) {
    const [email, subject] = [item.email?.S ?? '', item.subject?.S ?? ''];
    const found = await subjectOf(pool, email);
    if (found === undefined) made += 1;
    subjects.set(subject, found ?? (await createAccount(pool, email, silent)));
  }
  return { items: items.map((item) => renamed(item, subjects)), made };
}

async function subjectOf({ client, id }: Pool, email: string): Promise<string | undefined> {
  try {
    const { UserAttributes = [] } = await client.send(new AdminGetUserCommand({ UserPoolId: id, Username: email }));
    return UserAttributes.find(({ Name }) => Name === 'sub')?.Value;
  } catch (error) {
    if (error instanceof UserNotFoundException) return undefined;
    throw error;
  }
}

async function createAccount({ client, id }: Pool, email: string, silent: boolean): Promise<string> {
  const command = new AdminCreateUserCommand({
    UserPoolId: id,
    Username: email,
    UserAttributes: [
      { Name: 'email', Value: email },
      { Name: 'email_verified', Value: 'true' },
    ],
    ...(silent ? { MessageAction: 'SUPPRESS' } : { DesiredDeliveryMediums: ['EMAIL'] }),
  });
  const { User } = await client.send(command);
  const subject = User?.Attributes?.find(({ Name }) => Name === 'sub')?.Value;
  if (subject === undefined) throw new Error(`Cognito made an account for ${email} but did not return its subject`);
  return subject;
}

/** Subjects are UUIDs, so a record cannot hold the text of a subject by chance. */
function renamed(item: Item, subjects: ReadonlyMap<string, string>): Item {
  let text = JSON.stringify(item);
  for (const [before, now] of subjects) if (before !== now && before !== '') text = text.replaceAll(before, now);
  return JSON.parse(text);
}
