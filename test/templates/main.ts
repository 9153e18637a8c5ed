import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { errorMessage } from '../../layers/builder/build-error.ts';
import { deploy, type Outcome, obtain } from './live.ts';
import { TEMPLATES, type Template } from './sources.ts';

/**
 * Fetches public templates from their makers, builds each with the builder of one machine, starts it and requests it over HTTP: `npm run templates --
 * [--only <part of a name>] [--copies <folder>]`.
 * Copies are bare repositories, `<folder>/<owner>/<name>.git`, for a machine without access to GitHub.
 * Writes its rows of the table in the guide, and leaves nothing of a template.
 */
const GUIDE = join(import.meta.dirname, '../../docs/guides/builder.md');
const { values } = parseArgs({
  options: { only: { type: 'string' }, copies: { type: 'string' }, verbose: { type: 'boolean', default: false } },
});
const chosen = TEMPLATES.filter(({ name }) => name.toLowerCase().includes((values.only ?? '').toLowerCase()));
/** Kept between runs, outside of the clone: its folders all have a package.json. */
const cacheDir = join(tmpdir(), 'gantry-templates');
await mkdir(cacheDir, { recursive: true });

const rows = new Map<string, string>();
for (const template of chosen) {
  const { plan, failure } = await tryOut(template);
  const found = plan && `${plan.runtime.name} ${plan.runtime.version}, ${plan.packageManager ?? 'no packages'}`;
  const start = plan && `${plan.start} (${plan.startSource})`;
  const answers = failure ?? `200 at ${template.paths.join(', ')}`;
  const row = [template.name, sourceOf(template), found ?? '', start ?? '', answers];
  console.log(row.join(' | '));
  rows.set(template.name, `| ${row.map(cell).join(' | ')} |`);
  if (failure !== undefined) process.exitCode = 1;
}
await writeRows();

/** Puts the rows of this run into the table, and keeps the rows of other templates. */
async function writeRows(): Promise<void> {
  const guide = await readFile(GUIDE, 'utf8');
  const marked = /(<!-- templates -->\n)([\s\S]*?)(<!-- \/templates -->)/;
  const before = marked.exec(guide)?.[2];
  if (before === undefined) throw new Error(`${GUIDE} has no place for the table`);
  const kept = new Map(before.split('\n').map((line) => [line.split(' | ')[0]?.replace(/^\| /, ''), line]));
  const lines = TEMPLATES.flatMap(({ name }) => rows.get(name) ?? kept.get(name) ?? []);
  const table = ['| template | made by | found | starts by | answers |', '| --- | --- | --- | --- | --- |', ...lines];
  await writeFile(
    GUIDE,
    guide.replace(marked, (_, begin, __, end) => `${begin}\n${table.join('\n')}\n\n${end}`),
  );
}

async function tryOut(template: Template): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), 'gantry-template-'));
  const lines: string[] = [];
  try {
    await obtain(template, folder, values.copies);
    const outcome = await deploy(template, folder, cacheDir, (line) => void lines.push(line));
    if (outcome.failure !== undefined || values.verbose) console.log(lines.slice(-60).join('\n'));
    return outcome;
  } catch (error) {
    return { plan: undefined, failure: errorMessage(error) };
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

function sourceOf({ source }: Template): string {
  if ('generator' in source) return source.generator;
  return [source.repository, source.folder, source.ref?.slice(0, 12)].filter((part) => part !== undefined).join(', ');
}

/** A line of text as a cell of Markdown. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ').slice(0, 300);
}
