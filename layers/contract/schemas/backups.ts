import * as z from 'zod';
import { idSchema } from '../ids.ts';
import { DisplayName, Instant, Slug } from './common.ts';
import { DatabaseEngine, DatabaseSize, EngineVersion } from './databases.ts';

export const backupKinds = ['manual', 'final'] as const;
export const backupStatuses = ['creating', 'ready', 'failed', 'deleting'] as const;

/** A backup of a database. It remains when the database is deleted. */
export const Backup = z
  .strictObject({
    id: idSchema('backup'),
    projectId: idSchema('project'),
    environmentId: idSchema('environment'),
    databaseId: idSchema('database').meta({
      description: 'The source of the backup; that database may be deleted by now',
    }),
    slug: Slug.meta({ description: 'The slug of the database at the time of the backup', example: 'postgres' }),
    engine: DatabaseEngine,
    engineVersion: EngineVersion,
    size: DatabaseSize,
    kind: z
      .enum(backupKinds)
      .meta({ description: 'manual: a user asked for the backup; final: the deletion of the database made it' }),
    status: z.enum(backupStatuses),
    reason: z.string().nullable().meta({ description: 'Why the backup failed; null otherwise', example: null }),
    gigabytes: z
      .int()
      .nullable()
      .meta({ description: 'The size in whole GiB; null until the backup is ready', example: 1 }),
    createdAt: Instant,
    version: z.int(),
  })
  .meta({ id: 'Backup' });
export type Backup = z.infer<typeof Backup>;

/** The source of the data of a new database. */
const RestoreSource = z
  .discriminatedUnion('kind', [
    z
      .strictObject({ kind: z.literal('backup'), backupId: idSchema('backup') })
      .meta({ id: 'RestoreFromBackup', description: 'A backup' }),
    z
      .strictObject({ kind: z.literal('moment'), databaseId: idSchema('database'), at: Instant })
      .meta({ id: 'RestoreToMoment', description: 'A database as it was at a moment' }),
    z
      .strictObject({ kind: z.literal('clone'), databaseId: idSchema('database') })
      .meta({ id: 'RestoreAsClone', description: 'A database as it is now' }),
  ])
  .meta({ id: 'RestoreSource' });

export const DatabaseRestore = z
  .strictObject({
    slug: Slug.meta({ description: 'Variables refer to the new database by this name', example: 'restored' }),
    name: DisplayName.optional(),
    size: DatabaseSize.optional().meta({ description: 'Default: the size of the source' }),
    from: RestoreSource,
  })
  .meta({ id: 'DatabaseRestore' });
export type DatabaseRestore = z.infer<typeof DatabaseRestore>;
