import { GantryError } from '@gantry/contract/errors.ts';
import { newId } from '@gantry/contract/ids.ts';
import { item } from '../kernel/entity.ts';
import { StaleWrite, transact } from '../kernel/transact.ts';
import type { Write } from '../kernel/write.ts';
import {
  FoundingEntity,
  MembershipEntity,
  type MembershipRecord,
  SeatEntity,
  TeamEntity,
  type TeamRecord,
  TeamSlugEntity,
  UserEntity,
  type UserRecord,
} from '../records/identity.ts';
import { memberChange } from './changes.ts';

/** Creates the first owner's user and team, once. Two first sign-ins at the same instant create one team: the loser reads the winner's records. */
export async function found(subject: string, email: string): Promise<UserRecord> {
  const user = { subject, id: newId('user'), email, createdAt: new Date().toISOString(), teams: 1 };
  const { team, writes, changes } = newTeam({ slug: 'team', name: 'Team' }, user);
  try {
    await transact(
      [
        { item: item.put(FoundingEntity.create({ teamId: team.id })) },
        { item: item.put(UserEntity.create(user)) },
        ...writes,
      ],
      ...changes,
    );
    return user;
  } catch (error) {
    if (!(error instanceof StaleWrite)) throw error;
    const winner = await UserEntity.get({ subject }).go({ consistent: true });
    if (winner.data === null)
      throw new GantryError('Forbidden', 'This installation already has its first owner. Ask them for an invitation.');
    return winner.data;
  }
}

/** A team with one owner: its writes and its events. */
export function newTeam(
  { slug, name }: { readonly slug: string; readonly name: string },
  owner: Pick<UserRecord, 'id' | 'subject' | 'email'>,
) {
  const createdAt = new Date().toISOString();
  const teamId = newId('team');
  const created = { id: teamId, slug, name, createdAt, version: 1 };
  // The owner's joining is the team's second event.
  const team: TeamRecord = { ...created, version: 2, owners: 1, members: 1, invitations: 0 };
  const { id: userId, subject, email } = owner;
  const member: MembershipRecord = {
    teamId,
    userId,
    subject,
    email,
    role: 'owner',
    projectRoles: {},
    createdAt,
    version: team.version,
  };
  const taken = new GantryError('Conflict', `There is already a team called ${slug}. Choose another name.`, [
    { field: 'body.slug', message: 'is taken' },
  ]);
  const writes: readonly Write[] = [
    { item: item.put(TeamSlugEntity.create({ slug, teamId })), otherwise: taken },
    { item: item.put(TeamEntity.create(team)) },
    { item: item.put(MembershipEntity.create(member)) },
    { item: item.put(SeatEntity.create({ teamId, email, userId })) },
  ];
  const changes = [
    { name: 'team.created' as const, teamId, aggregate: created, actor: userId, data: created },
    memberChange('member.joined', member, userId),
  ];
  return { team, writes, changes };
}
