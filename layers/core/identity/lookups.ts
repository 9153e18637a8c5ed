import type { Lookup } from '../access.ts';
import { lookupOf } from '../lookup.ts';
import { MembershipEntity, type MembershipRecord, TeamEntity, type TeamRecord } from './store.ts';

export const teamAt = (id: string): Lookup<TeamRecord> =>
  lookupOf(`team ${id}`, TeamEntity.get({ id }), (item) => TeamEntity.parse(item));

export const membershipAt = (teamId: string, userId: string): Lookup<MembershipRecord> =>
  lookupOf(`member ${userId}`, MembershipEntity.get({ teamId, userId }), (item) => MembershipEntity.parse(item));
