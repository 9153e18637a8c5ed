import { readFile, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { GantryError } from '@gantry/contract/errors.ts';
import { idSchema } from '@gantry/contract/ids.ts';
import { Slug } from '@gantry/contract/schemas/common.ts';
import * as z from 'zod';
import { codeOf, writeAtomically } from './files.ts';

/** The file that links a folder to a service. It holds no secrets: a team may commit it, so that a clone and CI are linked too. */
const LINK_FILE = 'gantry.link.json';

/** Only the ids count. The slugs, which never change, are for human readers. */
export const Link = z.object({
  api: z.url({ protocol: /^https?$/ }),
  team: z.object({ id: idSchema('team'), slug: Slug }),
  project: z.object({ id: idSchema('project'), slug: Slug }),
  service: z.object({ id: idSchema('service'), slug: Slug }),
  environment: z.object({ id: idSchema('environment'), slug: Slug }),
});
export type Link = z.infer<typeof Link>;

export interface FoundLink {
  readonly path: string;
  readonly link: Link;
}

/** The link of a folder, or of the nearest linked folder above it. Throws Invalid for a file that is not ours. */
export async function findLink(folder: string): Promise<FoundLink | undefined> {
  const path = join(folder, LINK_FILE);
  try {
    return { path, link: Link.parse(JSON.parse(await readFile(path, 'utf8'))) };
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'ENOTDIR') {
      if (codeOf(error) !== undefined) throw error;
      throw new GantryError('Invalid', `${path} is damaged. Link the folder again with \`gantry link\`.`);
    }
  }
  const above = dirname(folder);
  return above === folder ? undefined : findLink(above);
}

/** Links a folder and returns the file's path. */
export async function writeLink(folder: string, link: Link): Promise<string> {
  const path = join(folder, LINK_FILE);
  await writeAtomically(path, `${JSON.stringify(link, undefined, 2)}\n`);
  return path;
}

export function removeLink({ path }: FoundLink): Promise<void> {
  return unlink(path);
}
