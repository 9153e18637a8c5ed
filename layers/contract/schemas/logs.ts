import * as z from 'zod';
import { Cursor } from './common.ts';

export const LogLine = z
  .strictObject({
    id: z
      .string()
      .meta({ description: 'The same in a page and in a live frame: merge by it', example: '39201870000000000000001' }),
    at: z.int().meta({ description: 'Milliseconds since 1970', example: 1_795_168_200_000 }),
    text: z.string().meta({ example: 'listening on 8080' }),
    source: z.string().meta({ description: 'The build or the replica that wrote it', example: 'rel-01j8z3n5w4-x7k2p' }),
  })
  .meta({ id: 'LogLine' });
export type LogLine = z.infer<typeof LogLine>;

export const LogPage = z
  .strictObject({
    lines: z.array(LogLine),
    next: Cursor.nullable().meta({ description: 'Null once the page reaches the end of what is there now' }),
  })
  .meta({ id: 'LogPage' });
export type LogPage = z.infer<typeof LogPage>;
