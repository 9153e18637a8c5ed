import { GantryError } from '@gantry/contract/errors.ts';
import { newId } from '@gantry/contract/ids.ts';
import { quotas } from '@gantry/contract/quotas.ts';
import type { Installation, NewInstallation } from '@gantry/contract/schemas/source.ts';
import { authorise, optional } from '../../access.ts';
import type { Caller } from '../../caller.ts';
import { item } from '../../entity.ts';
import { willAnswer } from '../../idempotency/execution.ts';
import { requireRoom } from '../../projects/guards.ts';
import { retryStale, transact } from '../../transact.ts';
import { authorizationAt, requireOwn } from './authorizations.ts';
import { heldBy, type InstallationPath, installationAt, removeInstallation, viewInstallation } from './holders.ts';
import { HolderEntity, InstallationEntity } from './store.ts';

/** Lets a team deploy from the repositories of an installation that the caller has just proved they may use. Joined again, it changes nothing. */
export function joinInstallation(
  caller: Caller,
  { teamId }: { readonly teamId: string },
  { authorizationId, installationId }: NewInstallation,
): Promise<Installation> {
  return retryStale(async () => {
    const { found } = await authorise(
      caller,
      'installation.manage',
      { teamId },
      authorizationAt({ teamId, authorizationId }),
      optional(installationAt({ teamId, installationId })),
    );
    const [authorization, known] = found;
    const proven = requireOwn(authorization, caller).installations?.find(
      (each) => each.installationId === installationId,
    );
    if (proven === undefined) {
      const message = 'is not one that GitHub says you may use. Install the App there first, and prove it anew';
      throw new GantryError('Conflict', `body.installationId ${message}.`, [{ field: 'body.installationId', message }]);
    }
    if (known !== undefined) return viewInstallation(known);
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
      ],
      { name: 'installation.joined', teamId, actor: caller.userId, aggregate: record, data },
    );
    return data;
  });
}

/** The installations that a team deploys from. */
export async function listInstallations(caller: Caller, { teamId }: { readonly teamId: string }) {
  await authorise(caller, 'installation.read', { teamId });
  return { items: (await heldBy(teamId)).map(viewInstallation) };
}

/** Ends it for the team: its pushes deploy nothing there any more. On GitHub the App stays installed. */
export function leaveInstallation(caller: Caller, path: InstallationPath): Promise<Installation> {
  return retryStale(async () => {
    const { found } = await authorise(caller, 'installation.manage', path, installationAt(path));
    return removeInstallation(found[0], caller.userId);
  });
}
