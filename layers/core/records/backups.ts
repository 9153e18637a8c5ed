import { databaseEngines, databaseSizes } from '@gantry/contract/enums.ts';
import { backupKinds, backupStatuses } from '@gantry/contract/schemas/backups.ts';
import type { EntityItem } from 'electrodb';
import { Entity } from '../kernel/entity.ts';
import { type Lookup, lookupOf } from '../kernel/lookup.ts';
import { keys, table } from '../kernel/table.ts';
import type { ProjectPath } from './project-lookups.ts';

/** A backup of a database. It stays when the database goes, and ends with the environment; its snapshot then is the operator's. */
export const BackupEntity = new Entity(
  {
    model: { entity: 'backup', service: 'gantry', version: '1' },
    attributes: {
      teamId: { type: 'string', required: true },
      projectId: { type: 'string', required: true },
      environmentId: { type: 'string', required: true },
      id: { type: 'string', required: true },
      databaseId: { type: 'string', required: true },
      /** Of the database, as it was then. */
      slug: { type: 'string', required: true },
      engine: { type: databaseEngines, required: true },
      engineVersion: { type: 'string', required: true },
      size: { type: databaseSizes, required: true },
      kind: { type: backupKinds, required: true },
      status: { type: backupStatuses, required: true },
      /** The name of its snapshot. */
      snapshot: { type: 'string', required: true },
      reason: { type: 'string' },
      gigabytes: { type: 'number' },
      /** When its deletion was asked for; it ends with the record. */
      deletingSince: { type: 'string' },
      createdAt: { type: 'string', required: true },
      version: { type: 'number', required: true },
    },
    indexes: {
      primary: {
        pk: { ...keys.primary.pk, composite: ['teamId'], template: 'team#${teamId}' },
        sk: {
          ...keys.primary.sk,
          composite: ['projectId', 'environmentId', 'id'],
          template: 'backup#${projectId}#${environmentId}#${id}',
        },
      },
    },
  },
  table,
);
export type BackupRecord = EntityItem<typeof BackupEntity>;

export interface BackupPath extends ProjectPath {
  readonly environmentId: string;
  readonly backupId: string;
}

export const backupAt = ({ backupId: id, ...path }: BackupPath): Lookup<BackupRecord> => {
  const { teamId, projectId, environmentId } = path;
  return lookupOf('such backup', BackupEntity.get({ teamId, projectId, environmentId, id }), (item) =>
    BackupEntity.parse(item),
  );
};
