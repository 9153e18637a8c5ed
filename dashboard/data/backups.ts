import type { Backup } from '@gantry/contract/schemas/backups.ts';
import type { Database } from '@gantry/contract/schemas/databases.ts';
import { shortId } from '@gantry/contract/short-id.ts';
import { apiList } from './api.ts';
import type { environmentParams } from './databases.ts';

/** The backups of an environment, those of deleted databases included. */
export const backupsQuery = (params: ReturnType<typeof environmentParams>) => apiList('backups.list', { params });

export const newestFirst = (backups: readonly Backup[]): Backup[] =>
  [...backups].sort((a, b) => b.createdAt.localeCompare(a.createdAt));

/** Why a backup exists: `Asked for`. */
export const backupKinds: Readonly<Record<Backup['kind'], string>> = {
  manual: 'Asked for',
  final: 'Made by the deletion',
};

/** The source of a restored or cloned database, in words. The source may be deleted. */
export function originText(
  { kind, databaseId, backupId }: NonNullable<Database['origin']>,
  databases: readonly Database[],
): string {
  const source = databases.find(({ id }) => id === databaseId)?.name ?? 'a deleted database';
  if (kind === 'clone') return `Clone of ${source}`;
  return kind === 'moment' ? `${source}, as it was` : `Backup ${shortId(backupId ?? '')} of ${source}`;
}
