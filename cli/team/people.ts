import type { Client } from '@gantry/client/client.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { membersOf } from './members.ts';

/** The e-mail of a user id, if the user is still a member and the caller may list members. */
export async function peopleOf(client: Client, teamId: string): Promise<(userId: string) => string> {
  const members = await membersOf(client, teamId).catch((error: unknown) => {
    if (error instanceof GantryError && error.kind === 'Forbidden') return [];
    throw error;
  });
  const emails = new Map(members.map(({ userId, email }) => [userId, email]));
  return (userId) => emails.get(userId) ?? (members.length === 0 ? 'another member' : 'a former member');
}
