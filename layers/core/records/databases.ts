import { databaseEngines, databaseSizes, databaseStatuses } from '@gantry/contract/enums.ts';
import type { DatabaseSize, DatabaseStep, DrillResult } from '@gantry/contract/schemas/databases.ts';
import { CustomAttributeType, type EntityItem } from 'electrodb';
import { Entity } from '../kernel/entity.ts';
import { type Lookup, lookupOf } from '../kernel/lookup.ts';
import { keys, table } from '../kernel/table.ts';
import type { ProjectPath } from './project-lookups.ts';

/** For how many days a database can be restored to a moment, unless somebody says otherwise. */
export const BACKUP_DAYS = 7;

/** The origin of a database's data. It identifies the snapshot or the cluster of the source. */
export type Origin =
  | { readonly kind: 'backup'; readonly databaseId: string; readonly backupId: string; readonly snapshot: string }
  | { readonly kind: 'moment'; readonly databaseId: string; readonly at: string }
  | { readonly kind: 'clone'; readonly databaseId: string };

interface Wanted {
  readonly size: DatabaseSize;
  readonly backupDays: number;
  readonly drillDays: number;
}

/** A database of an environment. Its passwords are only in Secrets Manager. */
export const DatabaseEntity = new Entity(
  {
    model: { entity: 'database', service: 'gantry', version: '1' },
    attributes: {
      teamId: { type: 'string', required: true },
      projectId: { type: 'string', required: true },
      environmentId: { type: 'string', required: true },
      id: { type: 'string', required: true },
      slug: { type: 'string', required: true },
      name: { type: 'string', required: true },
      engine: { type: databaseEngines, required: true },
      engineVersion: { type: 'string', required: true },
      size: { type: databaseSizes, required: true },
      /** For how many days it can be restored to a moment; 7 in records from before it could be chosen. */
      backupDays: { type: 'number' },
      /** Every how many days a restore is tried; 0 or absent for never. */
      drillDays: { type: 'number' },
      /** How the last try ended. */
      drill: { type: CustomAttributeType<DrillResult>('any') },
      /** The database whose restore is tried by this copy. */
      drillOf: { type: 'string' },
      /** The origin of the data, if the database did not start empty. */
      origin: { type: CustomAttributeType<Origin>('any') },
      /** The deployment that tries its release command on it. */
      rehearsalOf: { type: 'string' },
      /** How long a statement of a rehearsal may take, in seconds. */
      statementSeconds: { type: 'number' },
      /** Set where a copy is to go as soon as its creation has ended. */
      unwanted: { type: 'boolean' },
      /** The changes in progress. */
      wanted: { type: CustomAttributeType<Wanted>('any') },
      status: { type: databaseStatuses, required: true },
      step: { type: CustomAttributeType<DatabaseStep>('string') },
      /** The user that apps are to have next. */
      rotating: { type: 'string' },
      /** Since when something is done to it that leaves it ready. */
      busySince: { type: 'string' },
      /** The number of requested backups. */
      backups: { type: 'number' },
      /** Why it failed. */
      reason: { type: 'string' },
      host: { type: 'string' },
      port: { type: 'number' },
      /** The user of apps. The secret of the database holds the user's password. */
      user: { type: 'string' },
      /** The group of the server, and of the network interfaces of apps that use it. */
      securityGroup: { type: 'string' },
      /** ARNs of the server, and of the secret that RDS keeps of its master user. */
      cluster: { type: 'string' },
      masterSecret: { type: 'string' },
      finalBackup: { type: 'string' },
      /** When its deletion was last asked for; it ends with the record. */
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
          template: 'database#${projectId}#${environmentId}#${id}',
        },
      },
    },
  },
  table,
);
export type DatabaseRecord = EntityItem<typeof DatabaseEntity>;

export interface EnvironmentPath extends ProjectPath {
  readonly environmentId: string;
}

export interface DatabasePath extends EnvironmentPath {
  readonly databaseId: string;
}

export const databaseAt = ({ databaseId: id, ...path }: DatabasePath): Lookup<DatabaseRecord> => {
  const { teamId, projectId, environmentId } = path;
  return lookupOf('such database', DatabaseEntity.get({ teamId, projectId, environmentId, id }), (item) =>
    DatabaseEntity.parse(item),
  );
};

/** Every database of an environment, or of a project's environments, strongly consistent. Quotas bound their number. */
export async function databasesOf({
  teamId,
  projectId,
  environmentId,
}: ProjectPath & { readonly environmentId?: string | undefined }): Promise<DatabaseRecord[]> {
  const place = { teamId, projectId, ...(environmentId !== undefined && { environmentId }) };
  const { data } = await DatabaseEntity.query.primary(place).go({ pages: 'all', consistent: true });
  return data;
}

/** Whether a database is made for one check, and goes without a backup. */
export function isThrowAway({ rehearsalOf, drillOf }: DatabaseRecord): boolean {
  return rehearsalOf !== undefined || drillOf !== undefined;
}

/** When the restore of a database is tried next. */
export const DrillEntity = new Entity(
  {
    model: { entity: 'drill', service: 'gantry', version: '1' },
    attributes: {
      teamId: { type: 'string', required: true },
      projectId: { type: 'string', required: true },
      environmentId: { type: 'string', required: true },
      databaseId: { type: 'string', required: true },
      dueAt: { type: 'string', required: true },
    },
    indexes: {
      primary: {
        pk: { ...keys.primary.pk, composite: [], template: 'drills' },
        sk: { ...keys.primary.sk, composite: ['databaseId'], template: 'drill#${databaseId}' },
      },
    },
  },
  table,
);
