import { posix } from 'node:path';
import type { SourceTree } from '../source-tree.ts';

/**
 * Files in `requirements/` that count without a `requirements.txt`, in order: lists for production come before common
 * lists.
 */
const IN_FOLDER = [
  'production.txt',
  'prod.txt',
  'requirements.txt',
  'base.txt',
  'main.txt',
  'common.txt',
  'default.txt',
];
const BESIDE = ['requirements-prod.txt', 'requirements-production.txt', 'requirements.prod.txt', 'requirements.in'];
/** Limits how many files include each other. More files are a mistake. */
const MAX_FILES = 20;

/** Requirements as pip reads them: a file with the files that it includes. */
export interface Requirements {
  readonly file: string;
  /** All files that pip reads. */
  readonly files: readonly string[];
  readonly lines: readonly string[];
  /** True if a line names a folder, or a file that is not a list: part of the app itself. */
  readonly local: boolean;
}

/** The requirements of an app; undefined if there are none. */
export async function readRequirements(tree: SourceTree, names: readonly string[]): Promise<Requirements | undefined> {
  const file = await findRequirements(tree, names);
  if (file === undefined) return undefined;
  const [files, lines] = [[file], [] as string[]];
  let local = false;
  for (let at = 0; at < files.length; at += 1) {
    const path = files[at] ?? '';
    for (const line of requirementLines(await tree.read(path))) {
      lines.push(line);
      const included = /^(?:-[rc]|--(?:requirement|constraint))[\s=]+(\S+)/.exec(line)?.[1];
      const other = included && posix.join(posix.dirname(path), included);
      if (other === undefined)
        local ||= /^(-e\b|--editable\b|[./]|file:)|@\s*file:|^[^\s#;]+\.(whl|zip|tar\.gz)\b/.test(line);
      else if (files.length >= MAX_FILES || other.startsWith('..') || !(await tree.exists(other))) local = true;
      else if (!files.includes(other)) files.push(other);
    }
  }
  return { file, files, lines, local };
}

async function findRequirements(tree: SourceTree, names: readonly string[]): Promise<string | undefined> {
  if (names.includes('requirements.txt')) return 'requirements.txt';
  const inside = names.includes('requirements') ? await tree.list('requirements') : [];
  const lists = inside.filter((name) => name.endsWith('.txt'));
  const chosen = IN_FOLDER.find((name) => lists.includes(name)) ?? (lists.length === 1 ? lists[0] : undefined);
  return chosen === undefined ? BESIDE.find((name) => names.includes(name)) : `requirements/${chosen}`;
}

/** The lines that are not empty. A Windows shell writes such a file as UTF-16, which pip understands. */
function requirementLines(text = ''): string[] {
  const lines = text
    .replace(/[\0\uFFFD]/g, '')
    .replace(/\\\r?\n/g, ' ')
    .split(/\r\n|\r|\n/);
  return lines.map((line) => line.replace(/(^|\s)#.*$/, '').trim()).filter((line) => line !== '');
}
