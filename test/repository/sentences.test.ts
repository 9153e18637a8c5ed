import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { MAX_WORDS, pages, sentencesOf } from './sentences.ts';

const root = join(import.meta.dirname, '../..');

function tooLong(markdown: string): string[] {
  return sentencesOf(markdown)
    .filter(({ words }) => words > MAX_WORDS)
    .map(({ line, text, words }) => `line ${line}, ${words} words: ${text}`);
}

describe('the pages', () => {
  it.each(pages(root))('%s has only sentences of 30 words or fewer', (page) => {
    expect(tooLong(readFileSync(join(root, page), 'utf8'))).toEqual([]);
  });
});

describe('the check of sentences', () => {
  const long = `${'word '.repeat(MAX_WORDS)}end`;

  it.each([
    ['in a paragraph', `# Title\n\nA short one. ${long}. Another.\n`, 3],
    ['in an item of a list', `- short\n- ${long}\n`, 2],
    ['that a line break cuts', `${long.replaceAll('word word', 'word\nword')}\n`, 1],
    ['in a link', `[${long}](page.md)\n`, 1],
  ])('finds a long sentence %s', (_, page, line) => {
    expect(tooLong(page)).toEqual([expect.stringContaining(`line ${line}, ${MAX_WORDS + 1} words`)]);
  });

  it.each([
    ['blocks of code', `\`\`\`sh\n${long}\n\`\`\`\n`],
    ['indented code', `Text:\n\n    ${long}\n`],
    ['tables', `| a |\n| --- |\n| ${long} |\n`],
    ['code in a line', `Call \`${long}\` now.\n`],
  ])('leaves out %s', (_, page) => {
    expect(tooLong(page)).toEqual([]);
  });
});
