import * as z from 'zod';
import { databaseEngines, databaseSizes, databaseStatuses } from '../enums.ts';
import { idSchema } from '../ids.ts';
import { DisplayName, Instant, Slug } from './common.ts';

export const DatabaseEngine = z.enum(databaseEngines).meta({ id: 'DatabaseEngine' });
export type DatabaseEngine = z.infer<typeof DatabaseEngine>;

export const DatabaseSize = z.enum(databaseSizes).meta({
  id: 'DatabaseSize',
  description: 'How much memory and processor time it may use; storage grows with the data',
});
export type DatabaseSize = z.infer<typeof DatabaseSize>;

const DatabaseStatus = z.enum(databaseStatuses).meta({ id: 'DatabaseStatus' });

/** The steps of a creation, a change, a rotation and a deletion, as users see them. */
const databaseSteps = [
  'network',
  'server',
  'available',
  'credentials',
  'inspect',
  'change',
  'rotate',
  'remove',
] as const;
const DatabaseStep = z.enum(databaseSteps).meta({ id: 'DatabaseStep' });
export type DatabaseStep = z.infer<typeof DatabaseStep>;

export const EngineVersion = z
  .string()
  .regex(/^\d{1,2}(?:\.\d{1,2})?$/, 'must be a version such as 18')
  .meta({ description: "The engine's major version; its minor ones follow by themselves", example: '18' });

/** The days of which a database can be restored to any moment, within the limits of RDS. */
const BackupDays = z.int().min(1).max(35).meta({
  description: 'For how many past days any moment can be restored',
  example: 7,
});

/** How often a restore is tried. */
const DrillDays = z.int().min(1).max(35).nullable().meta({
  description: 'Every how many days the newest moment is restored for a check, and removed again; null for never',
  example: 7,
});

/** The result of a restore drill. */
const DrillResult = z
  .strictObject({
    at: Instant.meta({ description: 'When it ended' }),
    seconds: z.int().meta({ description: 'How long it took until the restored database answered', example: 420 }),
    tables: z.int().nullable().meta({ description: 'How many tables the restored database has; null when it failed' }),
    reason: z.string().nullable().meta({ description: 'Why it failed; null otherwise', example: null }),
  })
  .meta({ id: 'DrillResult' });
export type DrillResult = z.infer<typeof DrillResult>;

/** The source of a restored or cloned database. */
const DatabaseOrigin = z
  .strictObject({
    kind: z.enum(['backup', 'moment', 'clone']),
    databaseId: idSchema('database').meta({
      description: 'The source of the data; that database may be deleted by now',
    }),
    backupId: idSchema('backup').nullable(),
    at: Instant.nullable().meta({ description: 'The restored moment; null for backups and clones' }),
  })
  .meta({ id: 'DatabaseOrigin' });
export type DatabaseOrigin = z.infer<typeof DatabaseOrigin>;

/** A database of one environment. It holds no password. */
export const Database = z
  .strictObject({
    id: idSchema('database'),
    projectId: idSchema('project'),
    environmentId: idSchema('environment'),
    slug: Slug.meta({ description: 'The owner by which variables refer to it', example: 'postgres' }),
    name: DisplayName,
    engine: DatabaseEngine,
    engineVersion: EngineVersion,
    size: DatabaseSize,
    backupDays: BackupDays,
    drillDays: DrillDays,
    drill: DrillResult.nullable().meta({ description: 'The last restore drill; null before the first' }),
    origin: DatabaseOrigin.nullable(),
    rehearsalOf: idSchema('deployment').nullable().meta({
      description: 'The deployment that tries its release command on this copy, which goes with it; null otherwise',
    }),
    drillOf: idSchema('database')
      .nullable()
      .meta({ description: 'The database whose restore this copy tries; it goes right after; null otherwise' }),
    status: DatabaseStatus,
    step: DatabaseStep.nullable().meta({ description: 'The present step; null when nothing is under way' }),
    reason: z
      .string()
      .nullable()
      .meta({ description: 'Why the creation or the last change failed; null otherwise', example: null }),
    endpoint: z
      .strictObject({
        host: z.string().meta({ example: 'postgres.databases.example.com' }),
        port: z.int().meta({ example: 5432 }),
        database: z.string().meta({ example: 'postgres' }),
        user: z.string().meta({ example: 'app' }),
      })
      .nullable()
      .meta({ description: 'The address of the server; null until it answers' }),
    finalBackup: z
      .string()
      .nullable()
      .meta({ description: 'The backup that its deletion leaves; null before', example: null }),
    createdAt: Instant,
    version: z.int(),
  })
  .meta({ id: 'Database' });
export type Database = z.infer<typeof Database>;

export const NewDatabase = z
  .strictObject({
    slug: Slug.meta({ description: 'Variables refer to it by this name; it never changes', example: 'postgres' }),
    name: DisplayName.optional(),
    engine: DatabaseEngine,
    engineVersion: EngineVersion.optional().meta({ description: "The engine's newest where absent", example: '18' }),
    size: DatabaseSize.optional().meta({ description: 'micro where absent' }),
  })
  .meta({ id: 'NewDatabase' });
export type NewDatabase = z.infer<typeof NewDatabase>;

export const DatabaseChange = z
  .strictObject({ size: DatabaseSize.optional(), backupDays: BackupDays.optional(), drillDays: DrillDays.optional() })
  .refine((change) => Object.keys(change).length > 0, 'must change something')
  .meta({ id: 'DatabaseChange', description: 'The new values; absent fields keep theirs' });
export type DatabaseChange = z.infer<typeof DatabaseChange>;

/** Who refers to a database in the variables of its environment. */
const DatabaseUse = z
  .strictObject({
    serviceId: idSchema('service').nullable().meta({ description: 'Null for shared variables' }),
    names: z.array(z.string().meta({ example: 'DATABASE_URL' })),
  })
  .meta({ id: 'DatabaseUse' });
export type DatabaseUse = z.infer<typeof DatabaseUse>;

/** A database with the values that variables of its environment can refer to. */
export const DatabaseDetails = z
  .strictObject({
    ...Database.shape,
    variables: z
      .array(z.string().meta({ example: 'DATABASE_URL' }))
      .meta({ description: 'The names that variables may refer to' }),
    usedBy: z.array(DatabaseUse),
    rollbacks: z.array(idSchema('service')).meta({
      description:
        'The services whose previous release uses it: once it is deleted, they cannot return to that release',
    }),
    restorable: z
      .strictObject({ earliest: Instant, latest: Instant })
      .nullable()
      .meta({ description: 'The first and the last moment that can be restored; null when there is none' }),
  })
  .meta({ id: 'DatabaseDetails' });
export type DatabaseDetails = z.infer<typeof DatabaseDetails>;

/** A deletion takes the data away, and so asks for the name. */
export const DatabaseConfirmation = z.strictObject({
  confirm: Slug.optional().meta({ description: "The database's slug, which is asked for always", example: 'postgres' }),
});
export type DatabaseConfirmation = z.infer<typeof DatabaseConfirmation>;

/** Credentials of one person for a short while. */
export const DatabaseSession = z
  .strictObject({
    engine: DatabaseEngine,
    host: z.string().meta({ example: 'postgres.databases.example.com' }),
    port: z.int().meta({ example: 5432 }),
    database: z.string().meta({ example: 'postgres' }),
    user: z.string().meta({ example: 'gantry_01J8Z3N5W4Q8R7T6Y5X4W3V2T1' }),
    password: z.string().meta({ example: 'not-a-password' }),
    expiresAt: Instant,
  })
  .meta({ id: 'DatabaseSession' });
export type DatabaseSession = z.infer<typeof DatabaseSession>;

/** The data of event `database.connected`: who may connect until when, and no password. */
export const DatabaseConnected = z.strictObject({
  databaseId: idSchema('database'),
  projectId: idSchema('project'),
  environmentId: idSchema('environment'),
  userId: idSchema('user'),
  user: DatabaseSession.shape.user,
  expiresAt: Instant,
});
export type DatabaseConnected = z.infer<typeof DatabaseConnected>;
