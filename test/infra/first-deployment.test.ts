import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const PAGE = join(import.meta.dirname, '../../docs/reference/first-deployment.md');

/** Each fault on the page, with the title and the file of its test. */
function rows(): (readonly [fault: string, title: string, file: string])[] {
  const found = readFileSync(PAGE, 'utf8').matchAll(/^\| (.+?) \| \[(.+)\]\((\S+)\) \|$/gm);
  return [...found].map(([, fault = '', title = '', file = '']) => [fault, title, join(dirname(PAGE), file)]);
}

describe('each fault that a first deployment met', () => {
  it('is on the page with the faults', () => {
    expect(rows().length).toBeGreaterThan(24);
  });

  it.each(rows())('has its test: %s', (_, title, file) => {
    expect(readFileSync(file, 'utf8')).toContain(title);
  });
});
