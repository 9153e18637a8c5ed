import { routes } from '@gantry/contract/routes.ts';
import * as z from 'zod';

const Health = z.object({ stage: z.string(), version: z.string().default('before 0.1.0') });

export interface Server extends z.infer<typeof Health> {
  /** How far this machine's clock is ahead of the server's, in milliseconds, to about a second. */
  readonly skewMs: number;
}

/** The Gantry at an address, from one request of at most two seconds; undefined without one. */
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
