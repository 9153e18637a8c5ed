import { GantryError } from '@gantry/contract/errors.ts';
import { newId } from '@gantry/contract/ids.ts';
import { item } from '../entity.ts';
import { StaleWrite, transact } from '../transact.ts';
import { FoundingEntity, MembershipEntity, TeamEntity, UserEntity, type UserRecord } from './store.ts';
import { viewTeam, viewUser } from './view.ts';

/**
 * Makes the first owner's user and team, once. Two first sign-ins at the same instant make one team: the loser reads what the
 * winner wrote.
 */
export async function found(subject: string, email: string): Promise<UserRecord> {
  const createdAt = new Date().toISOString();
  const user = { subject, id: newId('user'), email, createdAt };
  const team = { id: newId('team'), slug: 'team', name: 'Team', createdAt, version: 1 };
  const membership = { teamId: team.id, userId: user.id, role: 'owner' as const, createdAt };
  try {
    await transact(
      [
        { item: item.put(FoundingEntity.create({ teamId: team.id })) },
        { item: item.put(UserEntity.create(user)) },
        { item: item.put(TeamEntity.create(team)) },
        { item: item.put(MembershipEntity.create(membership)) },
      ],
      {
        name: 'team.created',
        teamId: team.id,
        aggregate: { id: team.id, version: 1 },
        actor: user.id,
        data: viewTeam(team),
      },
      {
        name: 'member.joined',
        teamId: team.id,
        aggregate: { id: user.id, version: 1 },
        actor: user.id,
        data: { user: viewUser(user), membership: { team: viewTeam(team), role: 'owner' } },
      },
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
