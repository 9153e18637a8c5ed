import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { errorMessage } from '../layers/builder/build-error.ts';
import { planBuild } from '../layers/builder/detect.ts';
import { diskTree } from '../layers/builder/source-tree.ts';

/** One app of a corpus: `id` is `<project>/<example>`, found at `<folder>/<project>/examples/<example>`. */
const Entry = z.looseObject({
  id: z.string(),
  provider: z.string(),
  packageManager: z.string().nullable(),
  start: z.string().nullable(),
  startSource: z.string().nullable(),
  build: z.array(z.string()).nullable(),
  runtime: z.string().nullable(),
  version: z.string().nullable(),
});
const SUPPORTED = new Set(['node', 'python', 'go', 'static']);
const MANAGERS: Readonly<Record<string, string>> = { 'go-modules': 'go' };
const UNSUPPORTED_MANAGERS = new Set(['bun', 'pipenv']);

/**
 * Prints how far the planner agrees with a corpus of apps whose plans other builders published: `npm run corpus -- <file> <folder>`.
 * A field counts where the corpus has a value for it; a start command that a configuration file of another builder gives does not.
 */
const [file, folder] = process.argv.slice(2);
if (file === undefined || folder === undefined) throw new Error('usage: npm run corpus -- <corpus.json> <folder>');
const tally = new Map<string, { same: number; of: number }>();
const count = (field: string, id: string, mine: unknown, theirs: unknown): void => {
  const held = tally.get(field) ?? { same: 0, of: 0 };
  tally.set(field, { same: held.same + (mine === theirs ? 1 : 0), of: held.of + 1 });
  if (mine !== theirs) console.log(`${id}: ${field}: ${JSON.stringify(mine)}, corpus ${JSON.stringify(theirs)}`);
};
const entries = z.array(Entry).parse(JSON.parse(readFileSync(file, 'utf8')));
const known = entries.filter(
  ({ provider, packageManager }) => SUPPORTED.has(provider) && !UNSUPPORTED_MANAGERS.has(packageManager ?? ''),
);
for (const entry of known) {
  const [project = '', name = ''] = entry.id.split('/');
  try {
    const plan = await planBuild(diskTree(join(folder, project, 'examples', name)));
    count('planned', entry.id, true, true);
    count('provider', entry.id, plan.provider, entry.provider);
    const manager = entry.packageManager;
    if (manager !== null) count('package manager', entry.id, plan.packageManager, MANAGERS[manager] ?? manager);
    if (entry.version !== null && /^\d/.test(entry.version))
      count('runtime version', entry.id, plan.runtime.version, entry.version);
    count('has a build', entry.id, plan.build.length > 0, (entry.build ?? []).length > 0);
    if (entry.startSource === 'provider') count('start', entry.id, serverOf(plan.start), serverOf(entry.start));
  } catch (error) {
    const agreed = entry.startSource === 'none' && errorMessage(error).startsWith('nothing says how to start');
    count('planned', entry.id, agreed || errorMessage(error), true);
  }
}
/** Each builder has a server of files of its own. */
function serverOf(start: string | null): string | null {
  return start !== null && /\b(caddy run|nginx -c|serve\.mjs)\b/.test(start) ? 'a server of files' : start;
}
console.log(`\n${known.length} of ${entries.length} apps are of a kind that the builder knows`);
for (const [field, { same, of }] of tally) console.log(`${field}: ${same} of ${of}`);
