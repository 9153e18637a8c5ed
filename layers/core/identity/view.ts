import type { Team, User } from '@gantry/contract/schemas/identity.ts';
import type { TeamRecord, UserRecord } from './store.ts';

export function viewTeam({ id, slug, name, createdAt, version }: TeamRecord): Team {
  return { id, slug, name, createdAt, version };
}

export function viewUser({ id, email, createdAt }: UserRecord): User {
  return { id, email, createdAt };
}
