import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { errorMessage } from '../layers/builder/build-error.ts';
import { type Draft, draftPlan } from '../layers/builder/detect.ts';
import { diskTree } from '../layers/builder/source-tree.ts';
import { accepted } from './corpus-accepted.ts';

/** One app of a corpus: `id` is `<project>/<example>`, found at `<folder>/<project>/examples/<example>`. */
const Entry = z.looseObject({
  id: z.string(),
  provider: z.string(),
  packageManager: z.string().nullable(),
  start: z.string().nullable(),
  startSource: z.string().nullable(),
  runtime: z.string().nullable(),
  version: z.string().nullable(),
});
type Entry = z.infer<typeof Entry>;

const MANAGERS: Readonly<Record<string, string>> = { 'go-modules': 'go' };
/** Files that only another builder reads. Nobody else can know their settings. */
const FOREIGN = new Set(['railpack.json', 'nixpacks config', 'test.env']);

/**
 * Compares the planner with a corpus of apps and other builders' published plans: `npm run corpus -- <file> <folder>`.
 * A field counts if the corpus has a value for it, and a start command also if the corpus has none. A start command from another builder's own file
 * does not count.
 * A difference with a reason in `corpus-accepted.ts` is listed apart, and counts as agreement in the second figure.
 */
const [file, folder] = process.argv.slice(2);
if (file === undefined || folder === undefined) throw new Error('usage: npm run corpus -- <corpus.json> <folder>');
const tally = new Map<string, { same: number; accepted: number; of: number }>();
const reasons: string[] = [];

function count(field: string, { id }: Entry, mine: unknown, theirs: unknown, same: boolean): void {
  const held = tally.get(field) ?? { same: 0, accepted: 0, of: 0 };
  const reason = same ? undefined : accepted[`${id} ${field}`];
  tally.set(field, {
    same: held.same + (same ? 1 : 0),
    accepted: held.accepted + (reason === undefined ? 0 : 1),
    of: held.of + 1,
  });
  if (reason !== undefined) reasons.push(`${id}: ${field}: ${reason}`);
  else if (!same) console.log(`${id}: ${field}: ${JSON.stringify(mine)}, corpus ${JSON.stringify(theirs)}`);
}

/** The version of the app's runtime. For Bun that is a tool beside Node.js. */
function versionOf({ plan }: Draft, entry: Entry): string {
  const tool = plan.tools.find(({ name }) => name === entry.runtime);
  return tool?.version ?? plan.runtime.version;
}

/** Equal, or the same release line if one of them is more precise. */
function sameVersion(mine: string, theirs: string): boolean {
  return `${mine}.`.startsWith(`${theirs}.`) || `${theirs}.`.startsWith(`${mine}.`);
}

/** A start command without parts that do not change the running program. Each builder has its own file server. */
function effect(start: string): string {
  if (/\b(caddy run|nginx -c|serve\.mjs)\b/.test(start) && !/php-fpm/.test(start)) return 'a server of files';
  if (/php-fpm|gantry\/php\.sh|start-container\.sh|frankenphp|apache2-foreground/.test(start)) return 'a server of PHP';
  return start
    .replace(/^exec /, '')
    .replace(/^(?:bunx?|npx|pnpm exec|yarn) (?=srvx)/, '')
    .replace(/^(npm|pnpm|yarn|bun) (run )?start$/, 'run start')
    .replace(/\bbundle exec /g, '')
    .replace(/^\.\/(bin|out|target\/release)\//, './')
    .replace(/\s+/g, ' ')
    .trim();
}

function isSameStart(mine: string | undefined, theirs: string): boolean {
  return effect(mine ?? '') === effect(theirs);
}

const entries = z.array(Entry).parse(JSON.parse(readFileSync(file, 'utf8')));
for (const entry of entries) {
  const [project = '', name = ''] = entry.id.split('/');
  let draft: Draft | undefined;
  let failure = '';
  try {
    draft = await draftPlan(diskTree(join(folder, project, 'examples', name)));
  } catch (error) {
    failure = errorMessage(error).slice(0, 120);
  }
  const plan = draft?.plan;
  count('provider', entry, plan?.provider ?? failure, entry.provider, plan?.provider === entry.provider);
  const manager = entry.packageManager === null ? null : (MANAGERS[entry.packageManager] ?? entry.packageManager);
  if (manager !== null)
    count('package manager', entry, plan?.packageManager ?? failure, manager, plan?.packageManager === manager);
  if (entry.version !== null && /^\d/.test(entry.version)) {
    const mine = draft === undefined ? failure : versionOf(draft, entry);
    count(
      'version',
      entry,
      `${mine} (${plan?.runtime.versionSource})`,
      entry.version,
      sameVersion(mine, entry.version),
    );
  }
  if (entry.start !== null && !FOREIGN.has(entry.startSource ?? ''))
    count(
      'start',
      entry,
      plan?.start ?? failure,
      entry.start,
      plan !== undefined && isSameStart(plan.start, entry.start),
    );
}
console.log(`\n${entries.length} apps. Differences that are accepted:\n${reasons.join('\n') || 'none'}\n`);
for (const [field, { same, accepted: excused, of }] of tally) {
  const percent = (part: number) => `${((100 * part) / of).toFixed(1)} %`;
  console.log(`${field}: ${same} of ${of} (${percent(same)}); with accepted differences ${percent(same + excused)}`);
}
