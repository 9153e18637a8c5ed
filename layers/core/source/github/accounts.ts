import type { GitHubPerson } from '@gantry/cloud/github/people.ts';
import { item } from '../../kernel/entity.ts';
import type { Write } from '../../kernel/write.ts';
import { AccountEntity, type AccountRecord, type InstallationRecord } from '../../records/github.ts';

/** How many members of a team may have an account of one installation: the transaction that removes the installation removes these too. */
export const MAX_ACCOUNTS = 50;

/** The proven accounts of members on GitHub since the team joined the installation; some may belong to people who left the team. */
export async function allAccounts({ teamId, id: joinId }: InstallationRecord): Promise<AccountRecord[]> {
  const { data } = await AccountEntity.query.primary({ teamId, joinId }).go({ limit: MAX_ACCOUNTS, consistent: true });
  return data;
}

/** The write that adds a member's account on GitHub. Earlier connections of the same account stay. */
export function accountWrite(
  { teamId, id: joinId }: Pick<InstallationRecord, 'teamId' | 'id'>,
  userId: string,
  { id: githubId, login }: GitHubPerson,
  known?: AccountRecord,
): Write {
  const key = { teamId, joinId, userId };
  const kept = known?.githubId === githubId ? known.repositories : undefined;
  return { item: item.put(AccountEntity.put({ ...key, githubId, login, ...(kept && { repositories: kept }) })) };
}

/** The writes that delete the members' connections of an installation. */
export async function accountRemovals(installation: InstallationRecord): Promise<Write[]> {
  return (await allAccounts(installation)).map(({ teamId, joinId, userId }) => ({
    item: item.remove(AccountEntity.delete({ teamId, joinId, userId })),
  }));
}
