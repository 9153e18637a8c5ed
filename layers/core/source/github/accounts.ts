import type { GitHubPerson } from '@gantry/cloud/github/people.ts';
import { item } from '../../kernel/entity.ts';
import type { Write } from '../../kernel/write.ts';
import { AccountEntity, type AccountRecord, type InstallationRecord } from '../../records/github.ts';

/** How many members of a team may have an account of one installation: removing it takes these along in one transaction. */
export const MAX_ACCOUNTS = 50;

/** The accounts on GitHub that members have shown to be theirs since the team joined the installation; some may be of people who left the team. */
export async function allAccounts({ teamId, id: joinId }: InstallationRecord): Promise<AccountRecord[]> {
  const { data } = await AccountEntity.query.primary({ teamId, joinId }).go({ limit: MAX_ACCOUNTS, consistent: true });
  return data;
}

/** The write by which an account on GitHub counts for a member. What the same account connected before stays. */
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

/** The writes that end what members connected of an installation. */
export async function accountRemovals(installation: InstallationRecord): Promise<Write[]> {
  return (await allAccounts(installation)).map(({ teamId, joinId, userId }) => ({
    item: item.remove(AccountEntity.delete({ teamId, joinId, userId })),
  }));
}
