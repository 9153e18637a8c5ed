import * as z from 'zod';
import { idSchema } from '../ids.ts';
import { logLevels, logWriters } from '../log-levels.ts';
import { PageQuery } from './common.ts';

/** In order, from the least severe. */
export const LogLevel = z.enum(logLevels).meta({ id: 'LogLevel' });
export type LogLevel = z.infer<typeof LogLevel>;

export const LogLine = z
  .strictObject({
    id: z
      .string()
      .meta({ description: 'The same in a page and in a live frame: merge by it', example: '39201870000000000000001' }),
    at: z.int().meta({ description: 'Milliseconds since 1970', example: 1_795_168_200_000 }),
    text: z.string().meta({
      description: 'The line as written, up to 32 KB; a longer line is cut and ends with a mark',
      example: 'listening on 8080',
    }),
    source: z.string().meta({ description: 'The build or the replica that wrote it', example: 'rel-01j8z3n5w4-x7k2p' }),
    release: idSchema('release').nullable().meta({ description: 'Whose replica wrote it; null for a build' }),
    platform: z
      .literal(true)
      .optional()
      .meta({ description: 'Where Gantry wrote it about the replica, such as its exit and restart' }),
    level: LogLevel.nullable().meta({ description: 'Null for a line without a level' }),
    message: z.string().optional().meta({ description: 'The message of a line that is a JSON object, up to 4 KB' }),
    fields: z
      .record(z.string(), z.unknown())
      .optional()
      .meta({ description: 'The other fields of a JSON object: up to 64, four levels deep, 4 KB in all' }),
  })
  .meta({ id: 'LogLine' });
export type LogLine = z.infer<typeof LogLine>;

/** The filter of a build's log. */
const BuildLogFilter = z.strictObject({
  text: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .meta({ description: 'Only lines with this text, in upper or lower case', example: 'timeout' }),
  level: LogLevel.optional().meta({
    description: 'Only lines of this level or above; a line without a level counts as info',
  }),
  since: z.iso.datetime().optional().meta({ description: 'Only lines from this instant on' }),
  until: z.iso.datetime().optional().meta({ description: 'Only lines up to this instant' }),
});

/** The filter of an app's log. */
export const LogFilter = z.strictObject({
  ...BuildLogFilter.shape,
  release: idSchema('release').optional().meta({ description: 'Only lines of this release' }),
  replica: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/, 'must be the `source` of a line')
    .optional()
    .meta({ description: 'Only lines of this replica', example: 'rel-01j8z3n5w4-x7k2p' }),
  writer: z.enum(logWriters).optional().meta({
    description: "app: only lines of replicas; gantry: only Gantry's lines about them, such as exits and restarts",
  }),
});
export type LogFilter = z.infer<typeof LogFilter>;

const LogCursor = z.string().max(4096).meta({
  description: 'The `next` of the page before; opaque. All pages keep the filters of the first',
});

const paging = {
  ...PageQuery.shape,
  limit: z
    .string()
    .regex(/^(?:[1-9]\d{0,2}|1000)$/, 'must be a number from 1 to 1000')
    .meta({ description: 'The most lines per page; default 100', example: '100' })
    .optional(),
  cursor: LogCursor.optional(),
};
export const BuildLogQuery = z.strictObject({ ...BuildLogFilter.shape, ...paging });
export const LogQuery = z.strictObject({ ...LogFilter.shape, ...paging });

export const LogPage = z
  .strictObject({
    lines: z.array(LogLine),
    next: LogCursor.nullable().meta({
      description:
        'Null once the page reaches the end of what is there now. A page may be empty and yet have a next one',
    }),
  })
  .meta({ id: 'LogPage' });
export type LogPage = z.infer<typeof LogPage>;
