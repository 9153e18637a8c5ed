import { routes } from '@gantry/contract/routes.ts';
import * as z from 'zod';

const Health = z.object({ stage: z.string(), version: z.string().default('before 0.1.0') });

export interface Server extends z.infer<typeof Health> {
  /** How far the clock of this machine is ahead of the server's, in milliseconds, to about a second. */
  readonly skewMs: number;
}

/** What answers at an address, asked once and for two seconds; undefined where nothing that is Gantry does. */
export async function serverOf(api: string): Promise<Server | undefined> {
  try {
    const answer = await fetch(`${api}${routes['health.get'].path}`, { signal: AbortSignal.timeout(2_000) });
    const date = Date.parse(answer.headers.get('date') ?? '');
    const skewMs = Number.isNaN(date) ? 0 : Date.now() - date;
    return { ...Health.parse(await answer.json()), skewMs };
  } catch {
    return undefined;
  }
}
