import { roles } from '@gantry/contract/roles.ts';
import { Entity, type EntityItem } from 'electrodb';
import { keys, table } from '../table.ts';

/** A person, found by the subject of their access token. */
export const UserEntity = new Entity(
  {
    model: { entity: 'user', service: 'gantry', version: '1' },
    attributes: {
      subject: { type: 'string', required: true },
      id: { type: 'string', required: true },
      email: { type: 'string', required: true },
      createdAt: { type: 'string', required: true },
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

export const TeamEntity = new Entity(
  {
    model: { entity: 'team', service: 'gantry', version: '1' },
    attributes: {
      id: { type: 'string', required: true },
      slug: { type: 'string', required: true },
      name: { type: 'string', required: true },
      createdAt: { type: 'string', required: true },
      version: { type: 'number', required: true },
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

export const MembershipEntity = new Entity(
  {
    model: { entity: 'membership', service: 'gantry', version: '1' },
    attributes: {
      teamId: { type: 'string', required: true },
      userId: { type: 'string', required: true },
      role: { type: roles, required: true },
      createdAt: { type: 'string', required: true },
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

/** Taken by whoever founds the installation: there is one first owner. */
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
