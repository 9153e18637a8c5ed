import type { Installation } from '@gantry/contract/schemas/source.ts';
import { item } from '../../kernel/entity.ts';
import { willAnswer } from '../../kernel/idempotency/execution.ts';
import { type Lookup, lookUp, lookupOf, optional } from '../../kernel/lookup.ts';
import { retryStale, transact } from '../../kernel/transact.ts';
import { HolderEntity, InstallationEntity, type InstallationRecord } from '../../records/github.ts';
import { accountRemovals } from './accounts.ts';

/** The actor of changes that GitHub reports. */
export const GITHUB_ACTOR = 'github';

export interface InstallationPath {
  readonly teamId: string;
  readonly installationId: string;
}

/** Applies GitHub's news about an installation to every team that has it. A repeat changes nothing. */
export async function changeInstallation(installationId: string, change: 'deleted' | 'suspended' | 'unsuspended') {
  for (const teamId of await holdersOf(installationId)) {
    await retryStale(async () => {
      const [record] = await lookUp(optional(installationAt({ teamId, installationId })));
      if (record === undefined) return;
      if (change === 'deleted') await removeInstallation(record, GITHUB_ACTOR);
      else await suspend(record, change === 'suspended');
    });
  }
}

/** The teams that have an installation: a hundred at most. */
export async function holdersOf(installationId: string): Promise<string[]> {
  const { data } = await HolderEntity.query.primary({ installationId }).go({ limit: 100, consistent: true });
  return data.map(({ teamId }) => teamId);
}

/** The team's installation of a user or organisation on GitHub, in any case of letters. */
export async function installationOf(teamId: string, account: string): Promise<InstallationRecord | undefined> {
  return (await heldBy(teamId)).find((record) => record.account.toLowerCase() === account.toLowerCase());
}

/** The installations of a team. A race of joins may bring more than the quota. */
export async function heldBy(teamId: string): Promise<InstallationRecord[]> {
  const { data } = await InstallationEntity.query.primary({ teamId }).go({ limit: 100, consistent: true });
  return data;
}

/** The end of an installation for one team. Throws StaleWrite when it changed meanwhile. */
export async function removeInstallation(record: InstallationRecord, actor: string): Promise<Installation> {
  const { teamId, installationId, version } = record;
  const removed = { ...record, version: version + 1 };
  const data = willAnswer(viewInstallation(removed));
  const accounts = await accountRemovals(record);
  await transact(
    [
      {
        item: item.remove(
          InstallationEntity.remove({ teamId, installationId }).where((known, { eq }) => eq(known.version, version)),
        ),
      },
      { item: item.remove(HolderEntity.delete({ installationId, teamId })) },
      ...accounts,
    ],
    { name: 'installation.left', teamId, actor, aggregate: removed, data },
  );
  return data;
}

async function suspend(record: InstallationRecord, suspended: boolean): Promise<void> {
  if (record.suspended === suspended) return;
  const { teamId, installationId, version } = record;
  const patch = { suspended, version: version + 1 };
  const changed = { ...record, ...patch };
  const write = {
    item: item.update(
      InstallationEntity.patch({ teamId, installationId })
        .set(patch)
        .where((known, { eq }) => eq(known.version, version)),
    ),
  };
  const data = viewInstallation(changed);
  await transact([write], { name: 'installation.changed', teamId, actor: GITHUB_ACTOR, aggregate: changed, data });
}

export function installationAt({ teamId, installationId }: InstallationPath): Lookup<InstallationRecord> {
  return lookupOf(
    `installation ${installationId} of this team`,
    InstallationEntity.get({ teamId, installationId }),
    (raw) => InstallationEntity.parse(raw),
  );
}

export function viewInstallation(record: InstallationRecord): Installation {
  const { id, teamId, installationId, account, suspended, joinedBy, createdAt, version } = record;
  return { id, teamId, installationId, account, suspended, joinedBy, createdAt, version };
}
