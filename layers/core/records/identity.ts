import { type ProjectRole, roles, scopes } from '@gantry/contract/roles.ts';
import { CustomAttributeType, type EntityItem } from 'electrodb';
import { Entity } from '../kernel/entity.ts';
import { keys, table } from '../kernel/table.ts';

const projectRoles = {
  type: CustomAttributeType<Readonly<Record<string, ProjectRole>>>('any'),
  required: true,
} as const;

/** A person, found by the subject of their access token. */
export const UserEntity = new Entity(
  {
    model: { entity: 'user', service: 'gantry', version: '1' },
    attributes: {
      subject: { type: 'string', required: true },
      id: { type: 'string', required: true },
      email: { type: 'string', required: true },
      createdAt: { type: 'string', required: true },
      /** The number of their teams. */
      teams: { type: 'number', required: true },
      /** Access tokens issued until then have ended. */
      signedOutAt: { type: 'string' },
    },
    indexes: {
      primary: {
        pk: { ...keys.primary.pk, composite: ['subject'], template: 'user#${subject}' },
        sk: { ...keys.primary.sk, composite: [], template: 'user' },
      },
    },
  },
  table,
);
export type UserRecord = EntityItem<typeof UserEntity>;

/** A team. Each change of the team, its members or its owners raises `version` by one, at the version that was read. */
export const TeamEntity = new Entity(
  {
    model: { entity: 'team', service: 'gantry', version: '1' },
    attributes: {
      id: { type: 'string', required: true },
      slug: { type: 'string', required: true },
      name: { type: 'string', required: true },
      createdAt: { type: 'string', required: true },
      version: { type: 'number', required: true },
      owners: { type: 'number', required: true },
      members: { type: 'number', required: true },
      /** The number of open invitations. */
      invitations: { type: 'number', required: true },
    },
    indexes: {
      primary: {
        pk: { ...keys.primary.pk, composite: ['id'], template: 'team#${id}' },
        sk: { ...keys.primary.sk, composite: [], template: 'team' },
      },
    },
  },
  table,
);
export type TeamRecord = EntityItem<typeof TeamEntity>;

/** A taken slug of a team, unique in the installation. */
export const TeamSlugEntity = new Entity(
  {
    model: { entity: 'teamSlug', service: 'gantry', version: '1' },
    attributes: { slug: { type: 'string', required: true }, teamId: { type: 'string', required: true } },
    indexes: {
      primary: {
        pk: { ...keys.primary.pk, composite: ['slug'], template: 'team-slug#${slug}' },
        sk: { ...keys.primary.sk, composite: [], template: 'team-slug' },
      },
    },
  },
  table,
);

export const MembershipEntity = new Entity(
  {
    model: { entity: 'membership', service: 'gantry', version: '1' },
    attributes: {
      teamId: { type: 'string', required: true },
      userId: { type: 'string', required: true },
      subject: { type: 'string', required: true },
      email: { type: 'string', required: true },
      /** The role on the whole team; absent for a member of single projects only. */
      role: { type: roles },
      projectRoles,
      /** The member's API tokens. A token that is missing here does not work. */
      tokenIds: { type: 'set', items: 'string' },
      /** The invitation by which they joined. */
      invitationId: { type: 'string' },
      createdAt: { type: 'string', required: true },
      /** The team's version at the last change. */
      version: { type: 'number', required: true },
    },
    indexes: {
      primary: {
        pk: { ...keys.primary.pk, composite: ['teamId'], template: 'team#${teamId}' },
        sk: { ...keys.primary.sk, composite: ['userId'], template: 'member#${userId}' },
      },
      byUser: {
        index: keys.gsi1.index,
        pk: { ...keys.gsi1.pk, composite: ['userId'], template: 'user#${userId}' },
        sk: { ...keys.gsi1.sk, composite: ['teamId'], template: 'team#${teamId}' },
      },
    },
  },
  table,
);
export type MembershipRecord = EntityItem<typeof MembershipEntity>;

/** The one seat of an e-mail in a team: taken by an invitation, then by the member. */
export const SeatEntity = new Entity(
  {
    model: { entity: 'seat', service: 'gantry', version: '1' },
    attributes: {
      teamId: { type: 'string', required: true },
      email: { type: 'string', required: true },
      invitationId: { type: 'string' },
      userId: { type: 'string' },
    },
    indexes: {
      primary: {
        pk: { ...keys.primary.pk, composite: ['teamId'], template: 'team#${teamId}' },
        sk: { ...keys.primary.sk, composite: ['email'], template: 'seat#${email}' },
      },
    },
  },
  table,
);
export type SeatRecord = EntityItem<typeof SeatEntity>;

export const InvitationEntity = new Entity(
  {
    model: { entity: 'invitation', service: 'gantry', version: '1' },
    attributes: {
      teamId: { type: 'string', required: true },
      id: { type: 'string', required: true },
      teamName: { type: 'string', required: true },
      email: { type: 'string', required: true },
      role: { type: roles },
      projectRoles,
      invitedBy: { type: 'string', required: true },
      createdAt: { type: 'string', required: true },
      expiresAt: { type: 'string', required: true },
    },
    indexes: {
      primary: {
        pk: { ...keys.primary.pk, composite: ['teamId'], template: 'team#${teamId}' },
        sk: { ...keys.primary.sk, composite: ['id'], template: 'invitation#${id}' },
      },
      byEmail: {
        index: keys.gsi1.index,
        pk: { ...keys.gsi1.pk, composite: ['email'], template: 'email#${email}' },
        sk: { ...keys.gsi1.sk, composite: ['teamId'], template: 'team#${teamId}' },
      },
    },
  },
  table,
);
export type InvitationRecord = EntityItem<typeof InvitationEntity>;

/** The number of mails sent on a day (`2026-11-29`, UTC) on behalf of a team, or to an address. */
export const MailCountEntity = new Entity(
  {
    model: { entity: 'mailCount', service: 'gantry', version: '1' },
    attributes: {
      of: { type: 'string', required: true },
      day: { type: 'string', required: true },
      mails: { type: 'number' },
      ttl: { type: 'number' },
    },
    indexes: {
      primary: {
        pk: { ...keys.primary.pk, composite: ['of'], template: 'mails#${of}' },
        sk: { ...keys.primary.sk, composite: ['day'], template: 'day#${day}' },
      },
    },
  },
  table,
);

/** An API token, found by the id at the start of its secret. Only a hash of the secret is kept. */
export const TokenEntity = new Entity(
  {
    model: { entity: 'token', service: 'gantry', version: '1' },
    attributes: {
      id: { type: 'string', required: true },
      teamId: { type: 'string', required: true },
      userId: { type: 'string', required: true },
      subject: { type: 'string', required: true },
      email: { type: 'string', required: true },
      name: { type: 'string', required: true },
      scope: { type: scopes, required: true },
      projectId: { type: 'string' },
      /** SHA-256 of the secret, in hex. */
      hash: { type: 'string', required: true },
      lastFour: { type: 'string', required: true },
      createdAt: { type: 'string', required: true },
      expiresAt: { type: 'string', required: true },
    },
    indexes: {
      primary: {
        pk: { ...keys.primary.pk, composite: ['id'], template: 'token#${id}' },
        sk: { ...keys.primary.sk, composite: [], template: 'token' },
      },
      byTeam: {
        index: keys.gsi1.index,
        pk: { ...keys.gsi1.pk, composite: ['teamId'], template: 'team#${teamId}#tokens' },
        sk: { ...keys.gsi1.sk, composite: ['userId', 'id'], template: '${userId}#${id}' },
      },
    },
  },
  table,
);
export type TokenRecord = EntityItem<typeof TokenEntity>;

/** Claimed by the founder of the installation: there is one first owner. */
export const FoundingEntity = new Entity(
  {
    model: { entity: 'founding', service: 'gantry', version: '1' },
    attributes: { teamId: { type: 'string', required: true } },
    indexes: {
      primary: {
        pk: { ...keys.primary.pk, composite: [], template: 'founding' },
        sk: { ...keys.primary.sk, composite: [], template: 'founding' },
      },
    },
  },
  table,
);
