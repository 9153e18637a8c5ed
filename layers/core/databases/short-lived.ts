import { quotas } from '@gantry/contract/quotas.ts';
import type { DatabaseRecord, Origin } from '../records/databases.ts';
import { requireRoom } from '../records/project-guards.ts';
import type { ProjectRecord } from '../records/projects.ts';
import { requireReady } from './guards.ts';

const LONGEST_NAME = 60;

interface Purpose {
  /** The beginning of its slug, and what people read of it. */
  readonly kind: 'drill' | 'rehearsal';
  readonly name: string;
  /** What takes a place in the quota. */
  readonly counted: string;
}

export const DRILL: Purpose = { kind: 'drill', name: 'Restore drill of', counted: 'the copy for a drill included' };
export const REHEARSAL: Purpose = {
  kind: 'rehearsal',
  name: 'Rehearsal on',
  counted: 'copies for rehearsals included',
};

/** Throws Conflict where a database cannot be copied now, and QuotaExceeded where its project has no room for a copy. */
export function requireCopyable(project: ProjectRecord, source: DatabaseRecord, { counted }: Purpose): void {
  requireReady(source);
  requireRoom(project.databases ?? 0, quotas.databasesPerProject, `databases in a project, ${counted}`);
}

/** The record of a copy that Gantry removes again: as small as possible, with one day of moments. */
export function shortLivedCopy(source: DatabaseRecord, id: string, { kind, name }: Purpose, origin: Origin) {
  const { teamId, projectId, environmentId, slug, engine, engineVersion } = source;
  return {
    ...{ teamId, projectId, environmentId, id, slug: `${kind}-${id.slice(-8).toLowerCase()}` },
    ...{ name: `${name} ${slug}`.slice(0, LONGEST_NAME), engine, engineVersion, size: 'micro', backupDays: 1, origin },
    ...{ status: 'creating', createdAt: new Date().toISOString(), version: 1 },
  } satisfies DatabaseRecord;
}
