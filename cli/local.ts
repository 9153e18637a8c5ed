import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as z from 'zod';

const Endpoints = z.object({ api: z.string(), aws: z.string(), console: z.object({ token: z.string() }) });
const Use = z.array(z.object({ name: z.string(), bytes: z.number(), limit: z.number().optional() }));
/** Large folders take longer. */
const LIMIT_MS = 20_000;
/** The clone that this command runs from, if any. */
const CLONE = join(import.meta.dirname, '..');

/** The disk use of one part of a Gantry on this machine, in bytes, and its limit if there is one. */
export type DiskUse = z.infer<typeof Use>[number];

/**
 * The disk use of the Gantry at `api`, if it runs on this machine with its data in `.gantry` in `folder`, in a folder above it or in the clone;
 * otherwise undefined. Throws when its console does not answer.
 */
export async function localDiskUse(api: string, folder: string): Promise<readonly DiskUse[] | undefined> {
  for (const place of [...upward(folder), CLONE]) {
    const text = await readFile(join(place, '.gantry/endpoints.json'), 'utf8').catch(() => '{}');
    const { data } = Endpoints.safeParse(parse(text));
    if (data?.api !== api) continue;
    const headers = { authorization: `Bearer ${data.console.token}` };
    const answer = await fetch(`${data.aws}/_local/disk`, { headers, signal: AbortSignal.timeout(LIMIT_MS) });
    return answer.ok ? Use.parse(await answer.json()) : undefined;
  }
  return undefined;
}

function upward(folder: string): string[] {
  const above = dirname(folder);
  return above === folder ? [folder] : [folder, ...upward(above)];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
