import type { Lookup } from '../kernel/lookup.ts';
import { lookupOf } from '../kernel/lookup.ts';
import {
  InvitationEntity,
  type InvitationRecord,
  MembershipEntity,
  type MembershipRecord,
  SeatEntity,
  type SeatRecord,
  TeamEntity,
  type TeamRecord,
  TokenEntity,
  type TokenRecord,
  UserEntity,
  type UserRecord,
} from './identity.ts';

export const userAt = (subject: string): Lookup<UserRecord> =>
  lookupOf('user of this account', UserEntity.get({ subject }), (item) => UserEntity.parse(item));

export const teamAt = (id: string): Lookup<TeamRecord> =>
  lookupOf('such team', TeamEntity.get({ id }), (item) => TeamEntity.parse(item));

export const membershipAt = (teamId: string, userId: string): Lookup<MembershipRecord> =>
  lookupOf('such member', MembershipEntity.get({ teamId, userId }), (item) => MembershipEntity.parse(item));

export const seatAt = (teamId: string, email: string): Lookup<SeatRecord> =>
  lookupOf(`seat of ${email}`, SeatEntity.get({ teamId, email }), (item) => SeatEntity.parse(item));

export const invitationAt = (teamId: string, id: string): Lookup<InvitationRecord> =>
  lookupOf(`invitation ${id}`, InvitationEntity.get({ teamId, id }), (item) => InvitationEntity.parse(item));

export const tokenAt = (id: string): Lookup<TokenRecord> =>
  lookupOf(`token ${id}`, TokenEntity.get({ id }), (item) => TokenEntity.parse(item));
