import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/security.md'), 'utf8');

/** The rows of the tables of attacks, each as its cells: only tables with a column for tests. */
const rows = page
  .split(/\n\n+/)
  .filter((table) => /^\| .* \| test \|\n/.test(table))
  .flatMap((table) => table.split('\n').slice(2))
  .filter((line) => line.startsWith('| '))
  .map((line) => line.slice(2, -2).split(' | '));

describe('the page about security', () => {
  it('names an existing test for each attack, or says why there is none by design', () => {
    expect(rows.length).toBeGreaterThan(40);
    const wrong = rows.filter(([, , test = '']) => {
      const files = [...test.matchAll(/`([^`]+)`/g)].map(([, file = '']) => file);
      const exist = files.every((file) => file.startsWith('test/') && existsSync(join(root, file)));
      return test !== 'by design' && (files.length === 0 || !exist);
    });
    expect(wrong).toEqual([]);
  });

  it('has working links only, and the pages where readers look link to it', () => {
    const links = [...page.matchAll(/\]\(([^)#:]+)\)/g)].map(([, path = '']) => path);
    expect(links.filter((path) => !existsSync(join(root, 'docs', path)))).toEqual([]);
    for (const file of ['SECURITY.md', 'README.md']) {
      expect([file, readFileSync(join(root, file), 'utf8').includes('docs/security.md')]).toEqual([file, true]);
    }
  });
});
