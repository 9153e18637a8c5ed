import * as z from 'zod';
import { Cursor } from './common.ts';

export const LogLine = z
  .strictObject({
    id: z.string().meta({ description: 'The same in a page and in a live frame: merge by it' }),
    at: z.int().meta({ description: 'Milliseconds since 1970' }),
    text: z.string(),
    source: z.string().meta({ description: 'The build or the replica that wrote it' }),
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
