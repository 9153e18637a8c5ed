import type { GitHubPerson } from '@gantry/cloud/github/people.ts';
import { fieldError } from '@gantry/contract/field-names.ts';
import { newId } from '@gantry/contract/ids.ts';
import { quotas } from '@gantry/contract/quotas.ts';
import type { Installation, NewInstallation } from '@gantry/contract/schemas/source.ts';
import { authorise } from '../../access/authorise.ts';
import type { Caller } from '../../access/caller.ts';
import { item } from '../../kernel/entity.ts';
import { willAnswer } from '../../kernel/idempotency/execution.ts';
import { optional } from '../../kernel/lookup.ts';
import { retryStale, transact } from '../../kernel/transact.ts';
import { HolderEntity, InstallationEntity, type InstallationRecord } from '../../records/github.ts';
import { requireRoom } from '../../records/project-guards.ts';
import { accountWrite, allAccounts, MAX_ACCOUNTS } from './accounts.ts';
import { authorizationAt, requireOwn } from './authorizations.ts';
import { heldBy, type InstallationPath, installationAt, removeInstallation, viewInstallation } from './holders.ts';

/**
 * Joins an installation for which the caller just proved access, and adds the caller's account on GitHub to the team. This opens no repository yet: a
 * member with access connects each one by setting it as a service's source. Another member who joins adds their account.
 */
export function joinInstallation(
  caller: Caller,
  { teamId }: { readonly teamId: string },
  { authorizationId, installationId }: NewInstallation,
): Promise<Installation> {
  return retryStale(async () => {
    const { found } = await authorise(
      caller,
      'installation.join',
      { teamId },
      authorizationAt({ teamId, authorizationId }),
      optional(installationAt({ teamId, installationId })),
    );
    const [authorization, known] = found;
    const { installations, person } = requireOwn(authorization, caller);
    const proven = installations?.find((each) => each.installationId === installationId);
    if (proven === undefined || person === undefined) {
      const message = 'is not one that GitHub says you may use. Install the App there first, and prove it anew';
      throw fieldError('body.installationId', message, 'Conflict');
    }
    if (known !== undefined) return joinAgain(caller, known, person);
    requireRoom((await heldBy(teamId)).length, quotas.installationsPerTeam, 'installations of a team');
    const record = {
      teamId,
      installationId,
      id: newId('installation'),
      account: proven.account,
      suspended: false,
      joinedBy: caller.userId,
      createdAt: new Date().toISOString(),
      version: 1,
    };
    const data = willAnswer(viewInstallation(record));
    await transact(
      [
        { item: item.put(InstallationEntity.create(record)) },
        { item: item.put(HolderEntity.put({ installationId, teamId })) },
        accountWrite(record, caller.userId, person),
      ],
      { name: 'installation.joined', teamId, actor: caller.userId, aggregate: record, data },
    );
    return data;
  });
}

/** Adds the account of another member, or of the same member again. */
async function joinAgain(
  { userId }: Caller,
  installation: InstallationRecord,
  person: GitHubPerson,
): Promise<Installation> {
  const { teamId, installationId, version } = installation;
  const accounts = await allAccounts(installation);
  const known = accounts.find((account) => account.userId === userId);
  if (known === undefined) requireRoom(accounts.length, MAX_ACCOUNTS, 'accounts of an installation');
  const changed = { ...installation, version: version + 1 };
  const data = willAnswer(viewInstallation(changed));
  const counted = InstallationEntity.patch({ teamId, installationId })
    .set({ version: version + 1 })
    .where((record, { eq }) => eq(record.version, version));
  await transact([{ item: item.update(counted) }, accountWrite(installation, userId, person, known)], {
    name: 'installation.changed',
    teamId,
    actor: userId,
    aggregate: changed,
    data,
  });
  return data;
}

/** The installations that a team deploys from. */
export async function listInstallations(caller: Caller, { teamId }: { readonly teamId: string }) {
  await authorise(caller, 'installation.read', { teamId });
  return { items: (await heldBy(teamId)).map(viewInstallation) };
}

/** Removes the installation from the team: its pushes deploy nothing there any more. On GitHub the App stays installed. */
export function leaveInstallation(caller: Caller, path: InstallationPath): Promise<Installation> {
  return retryStale(async () => {
    const { found } = await authorise(caller, 'installation.manage', path, installationAt(path));
    return removeInstallation(found[0], caller.userId);
  });
}
