import { AdminDeleteUserCommand, CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { InvitationEntity, MailCountEntity } from '@gantry/core/records/identity.ts';
import { describe, expect, it } from '@jest/globals';
import { client as owner, platform } from '../journeys/fixture.ts';
import { blog, expire, invite, mailed, newMember, outcome, ownerId, shop, signIn, teamId } from './people.ts';
import { recordsOf } from './world.ts';

describe('an invited person', () => {
  it('signs in with the mailed password, sees the invitation, accepts it and may do what the role allows', async () => {
    const email = 'dora@example.com';
    const { id: invitationId } = await invite({ email: 'Dora@Example.com', role: 'developer' });
    const dora = await signIn(email, mailed(email));
    const before = await dora('session.get', {});
    expect(before).toMatchObject({
      user: { email },
      teams: [],
      invitations: [{ id: invitationId, role: 'developer' }],
    });
    expect(await outcome(dora('projects.list', { params: { teamId } }))).toBe('NotFound');
    expect(await outcome(dora('teams.create', { body: { slug: 'doras' } }))).toBe('Forbidden');

    await dora('invitations.accept', { params: { teamId, invitationId } });
    const after = await dora('session.get', {});
    expect(after).toMatchObject({ teams: [{ team: { id: teamId }, role: 'developer' }], invitations: [] });
    expect(await outcome(dora('projects.create', { params: { teamId }, body: { slug: 'doras' } }))).toBe('done');
    expect(await outcome(invite({ email: 'more@example.com', role: 'viewer' }, dora))).toBe('Forbidden');
    expect(await outcome(invite({ email, role: 'viewer' }))).toBe('Conflict');

    const team = await dora('teams.create', { body: { slug: 'doras' } });
    expect(await outcome(owner('teams.get', { params: { teamId: team.id } }))).toBe('NotFound');
    expect(await outcome(owner('teams.create', { body: { slug: 'doras' } }))).toBe('Conflict');
  });

  it('becomes a member once when they accept twice at once, and gets the same answer twice', async () => {
    const email = 'twice@example.com';
    const { id: invitationId } = await invite({ email, role: 'viewer' });
    const client = await signIn(email, mailed(email));
    const accept = () => client('invitations.accept', { params: { teamId, invitationId } });
    const [one, two] = await Promise.all([accept(), accept()]);
    expect(one).toEqual(two);
    const { items } = await owner('members.list', { params: { teamId } });
    expect(items.filter((member) => member.email === email)).toHaveLength(1);
  });

  it('cannot accept an invitation that was revoked, has expired or is for another e-mail', async () => {
    const email = 'late@example.com';
    const revoked = await invite({ email, role: 'viewer' });
    const late = await signIn(email, mailed(email));
    await late('session.get', {});
    await owner('invitations.revoke', { params: { teamId, invitationId: revoked.id } });
    const accept = (invitationId: string) => outcome(late('invitations.accept', { params: { teamId, invitationId } }));
    expect(await accept(revoked.id)).toBe('NotFound');

    const other = await invite({ email: 'other@example.com', role: 'viewer' });
    expect(await accept(other.id)).toBe('NotFound');

    const expired = await invite({ email, role: 'viewer' });
    await expire(InvitationEntity.get({ teamId, id: expired.id }));
    expect(await accept(expired.id)).toBe('Conflict');
    expect((await late('session.get', {})).invitations).toEqual([]);
    const { items } = await owner('invitations.list', { params: { teamId } });
    expect(items.find(({ id }) => id === expired.id)).toMatchObject({ expired: true });

    const fresh = await invite({ email, role: 'viewer' });
    expect(await accept(fresh.id)).toBe('done');
    expect(await accept(expired.id)).toBe('NotFound');
  });
});

describe('an admin', () => {
  const invitedAgain = async (email: string): Promise<string> => {
    const invitation = await invite({ email, role: 'viewer' });
    return outcome(owner('invitations.revoke', { params: { teamId, invitationId: invitation.id } }));
  };

  it('can have at most ten invitations a day mailed to one address, even by revoking them in between', async () => {
    const email = 'pestered@example.com';
    for (let mail = 0; mail < 10; mail += 1) expect(await invitedAgain(email)).toBe('done');
    expect(await outcome(invite({ email, role: 'viewer' }))).toBe('QuotaExceeded');
    expect(await invitedAgain('other-address@example.com')).toBe('done');
  });

  it('can have at most a hundred invitations a day mailed for the team', async () => {
    const of = `team#${teamId}`;
    const day = new Date().toISOString().slice(0, 10);
    const records = recordsOf(platform.endpoints);
    await records.put(MailCountEntity.create({ of, day, mails: 99 }));
    expect(await invitedAgain('last-today@example.com')).toBe('done');
    expect(await outcome(invite({ email: 'tomorrow@example.com', role: 'viewer' }))).toBe('QuotaExceeded');
    await records.remove(MailCountEntity.delete({ of, day }));
  });

  it.each([
    ['a local part of 65 characters', `${'a'.repeat(65)}@example.com`, 'Invalid'],
    ['a local part of 64 characters', `${'a'.repeat(64)}@example.com`, 'done'],
  ])('can invite an address only within the limits of RFC 5321: %s', async (_, email, expected) => {
    expect(await outcome(invite({ email, role: 'viewer' }))).toBe(expected);
  });
});

describe('a person without an invitation', () => {
  it('can sign in and do nothing else', async () => {
    const invitation = await invite({ email: 'stranger@example.com', role: 'viewer' });
    await owner('invitations.revoke', { params: { teamId, invitationId: invitation.id } });
    const stranger = await signIn('stranger@example.com', mailed('stranger@example.com'));
    expect(await outcome(stranger('session.get', {}))).toBe('Forbidden');
    expect(await outcome(stranger('projects.list', { params: { teamId } }))).toBe('Forbidden');
  });
});

describe('a person whose account was deleted', () => {
  it('is told to sign in, though their access token has not expired', async () => {
    const { client, params } = await newMember('gone@example.com', { role: 'viewer' });
    const early = await invite({ email: 'never-came@example.com', role: 'viewer' });
    const never = await signIn(early.email, mailed(early.email));
    for (const email of ['gone@example.com', early.email]) await deleteAccount(email);
    expect(await outcome(never('session.get', {}))).toBe('Unauthenticated');
    expect(await outcome(client('session.end', {}))).toBe('Unauthenticated');
    await owner('members.remove', { params });
    await owner('invitations.revoke', { params: { teamId, invitationId: early.id } });
  });
});

describe('a member of one project', () => {
  it('sees that project and no other, with the role on it', async () => {
    const { client } = await newMember('guest@example.com', { role: null, projectRoles: { [shop]: 'viewer' } });
    const { items } = await client('projects.list', { params: { teamId } });
    expect(items.map((project) => project.id)).toEqual([shop]);
    const call = (projectId: string) => outcome(client('projects.get', { params: { teamId, projectId } }));
    expect([await call(shop), await call(blog)]).toEqual(['done', 'NotFound']);
    const create = (projectId: string) =>
      outcome(client('environments.create', { params: { teamId, projectId }, body: { slug: 'staging' } }));
    expect([await create(shop), await create(blog)]).toEqual(['Forbidden', 'NotFound']);
    expect(await outcome(client('members.list', { params: { teamId } }))).toBe('Forbidden');
    expect(await outcome(client('projects.create', { params: { teamId }, body: { slug: 'mine' } }))).toBe('Forbidden');
  });

  it('has their role on the project there, with any role on the team', async () => {
    const { client, params } = await newMember('mixed@example.com', {
      role: 'viewer',
      projectRoles: { [shop]: 'developer' },
    });
    const create = (projectId: string, slug: string) =>
      outcome(client('environments.create', { params: { teamId, projectId }, body: { slug } }));
    expect([await create(shop, 'one'), await create(blog, 'one')]).toEqual(['done', 'Forbidden']);
    await owner('members.update', { params, body: { role: 'developer', projectRoles: { [shop]: 'viewer' } } });
    expect([await create(shop, 'two'), await create(blog, 'two')]).toEqual(['Forbidden', 'done']);
  });

  it('can only be given existing projects of the team', async () => {
    const projectRoles = { prj_01J8Z3N5W4Q8R7T6Y5X4W3V2T1: 'viewer' as const };
    expect(await outcome(invite({ email: 'nobody@example.com', role: null, projectRoles }))).toBe('Invalid');
    expect(await outcome(invite({ email: 'nobody@example.com', role: null }))).toBe('Invalid');
  });
});

describe('an owner', () => {
  it('cannot leave, be removed or be demoted as the last owner, and can transfer the team', async () => {
    const params = { teamId, userId: ownerId };
    const { client: heir, member } = await newMember('heir@example.com', { role: 'admin' });
    expect(await outcome(owner('teams.leave', { params: { teamId } }))).toBe('Conflict');
    expect(await outcome(owner('members.remove', { params }))).toBe('Conflict');
    expect(await outcome(owner('members.update', { params, body: { role: 'admin' } }))).toBe('Conflict');
    expect(await outcome(heir('members.remove', { params }))).toBe('Forbidden');
    expect(await outcome(heir('members.update', { params, body: { role: 'viewer' } }))).toBe('Forbidden');
    expect(await outcome(invite({ email: 'x@example.com', role: 'owner' }, heir))).toBe('Forbidden');

    await owner('teams.transfer', { params: { teamId }, body: { userId: member.userId } });
    expect(await outcome(owner('teams.transfer', { params: { teamId }, body: { userId: member.userId } }))).toBe(
      'Forbidden',
    );
    expect(await outcome(heir('teams.leave', { params: { teamId } }))).toBe('Conflict');
    await heir('members.update', { params, body: { role: 'owner' } });
    const leaving = await Promise.all([
      outcome(owner('members.update', { params, body: { role: 'viewer' } })),
      outcome(heir('teams.leave', { params: { teamId } })),
    ]);
    expect(leaving.toSorted()).toEqual(['Conflict', 'done']);
    const { items } = await heir('members.list', { params: { teamId } }).catch(() =>
      owner('members.list', { params: { teamId } }),
    );
    expect(items.filter(({ role }) => role === 'owner')).toHaveLength(1);
  });
});

/** An operator's actions in the user pool. */
async function deleteAccount(Username: string): Promise<void> {
  const { aws: endpoint, region, credentials, outputs } = platform.endpoints;
  const [, UserPoolId] =
    Object.entries(outputs['gantry-local-identity'] ?? {}).find(([name]) =>
      /^ExportsOutputRefUsers(?!Domain)/.test(name),
    ) ?? [];
  const cognito = new CognitoIdentityProviderClient({ endpoint, region, credentials });
  await cognito.send(new AdminDeleteUserCommand({ UserPoolId, Username }));
  cognito.destroy();
}
