import { BackupEntity } from '../records/backups.ts';
import type { ProjectPath } from '../records/project-lookups.ts';

/** Removes the records of an environment's backups, or of all of a project. Their snapshots stay: no data goes by accident. Answers false where `deadline` (milliseconds since 1970) passed first. */
export async function eraseBackups(
  { teamId, projectId, environmentId }: ProjectPath & { readonly environmentId?: string | undefined },
  deadline: number,
): Promise<boolean> {
  const place = { teamId, projectId, ...(environmentId !== undefined && { environmentId }) };
  const { data } = await BackupEntity.query.primary(place).go({ pages: 'all', consistent: true });
  for (const { id, environmentId } of data) {
    if (Date.now() >= deadline) return false;
    await BackupEntity.delete({ teamId, projectId, environmentId, id }).go();
  }
  return true;
}
