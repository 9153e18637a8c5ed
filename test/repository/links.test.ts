import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { pages } from './sentences.ts';

const root = join(import.meta.dirname, '../..');

/** A heading's anchor, as GitHub makes it. */
function anchorOf(heading: string): string {
  const text = heading.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '');
  return text.trim().replaceAll(' ', '-');
}

function anchors(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading));
}

/** The broken links of a page to files and headings. Links to the web are not checked. */
function brokenLinks(page: string, markdown: string): string[] {
  const targets = [...markdown.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return targets.filter((target) => {
    if (/^[a-z]+:/.test(target)) return false;
    const [path = '', anchor] = target.split('#');
    const file = path === '' ? page : join(dirname(page), path);
    if (!existsSync(join(root, file))) return true;
    return (
      anchor !== undefined && !anchors(path === '' ? markdown : readFileSync(join(root, file), 'utf8')).includes(anchor)
    );
  });
}

describe('the links of the pages', () => {
  it.each([...pages(root), 'SECURITY.md', 'cli/README.md'])('%s has working links only', (page) => {
    expect(brokenLinks(page, readFileSync(join(root, page), 'utf8'))).toEqual([]);
  });

  it('finds links to missing files and headings', () => {
    const planted =
      '# Here\n\n[a](#here) [b](README.md) [c](README.md#gantry) [d](gone.md) [e](#gone) [f](README.md#gone)\n';
    expect(brokenLinks('CONTRIBUTING.md', planted)).toEqual(['gone.md', '#gone', 'README.md#gone']);
  });
});

describe('the page of environment variables', () => {
  it('lists exactly the variables that links can set', () => {
    const page = readFileSync(join(root, 'docs/reference/environment.md'), 'utf8');
    const rows = page.split('\n').filter((line) => line.startsWith('| `'));
    const listed = rows.flatMap((row) =>
      [...(row.split(' | ')[0] ?? '').matchAll(/`([A-Z_]+)`/g)].map(([, name]) => name),
    );
    const source = readFileSync(join(root, 'layers/cloud/environment.ts'), 'utf8');
    const declared = [...source.matchAll(/^ {2}\| '([A-Z_]+)'/gm)].map(([, name]) => name);
    expect(listed.sort()).toEqual(declared.sort());
  });
});
