import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Longer sentences are hard for readers whose second language is English. */
export const MAX_WORDS = 30;

/** A sentence of a page, with the number of its first line. */
interface Sentence {
  readonly line: number;
  readonly text: string;
  readonly words: number;
}

/** The pages for people: README, CONTRIBUTING and all pages below docs. Paths are relative to `root`. */
export function pages(root: string): string[] {
  const docs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`);
  return ['README.md', 'CONTRIBUTING.md', ...docs].sort();
}

/** The sentences of a Markdown page, without headings, tables and blocks of code. */
export function sentencesOf(markdown: string): Sentence[] {
  return paragraphs(markdown).flatMap(({ line, text }) =>
    plain(text)
      .split(/(?<=[.!?]["')]?)\s+/)
      .map((sentence) => ({ line, text: sentence, words: sentence.split(/\s+/).filter(isWord).length })),
  );
}

interface Paragraph {
  readonly line: number;
  readonly text: string;
}

/** A paragraph or a list item: the text between blank lines, markers and blocks of code. */
function paragraphs(markdown: string): Paragraph[] {
  const found: { line: number; lines: string[] }[] = [];
  let fenced = false;
  let open = false;
  for (const [index, line] of markdown.split('\n').entries()) {
    const fence = /^\s*```/.test(line);
    if (fence) fenced = !fenced;
    const outside = fence || fenced || /^\s*$|^\s*\||^#|^ {4}/.test(line);
    const item = /^\s*(?:[-*]|\d+\.)\s/.test(line);
    if (!outside && (!open || item)) found.push({ line: index + 1, lines: [] });
    if (!outside) found.at(-1)?.lines.push(line.replace(/^\s*(?:[-*]|\d+\.|>)\s/, ''));
    open = !outside;
  }
  return found.map(({ line, lines }) => ({ line, text: lines.join(' ') }));
}

/** Code counts as one word, and a link as its text. */
function plain(text: string): string {
  return text.replace(/`[^`]*`/g, 'code').replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1');
}

function isWord(word: string): boolean {
  return /[\p{L}\p{N}]/u.test(word);
}
