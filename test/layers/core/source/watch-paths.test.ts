import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ServiceSource } from '@gantry/contract/schemas/source.ts';
import { concerns } from '@gantry/core/source/watch-paths.ts';
import { afterAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

describe('A36: watch paths', () => {
  it.each([
    [['apps/shop'], 'apps/shop/index.js', true],
    [['apps/shop'], 'apps/shopping/index.js', false],
    [['apps/shop/'], 'apps/shop/index.js', true],
    [['apps/shop/**'], 'apps/shop/src/index.js', true],
    [['/apps/web/**'], 'apps/web/index.js', true],
    [['/web'], 'apps/web/index.js', false],
    [['web'], 'apps/web/index.js', true],
    [['packages/@acme/ui/**'], 'packages/@acme/ui/button.tsx', true],
    [['app/(shop)/[id]/**'], 'app/(shop)/[id]/page.tsx', true],
    [['app/(shop)/[id]/**'], 'app/(shop)/[slug]/page.tsx', false],
    [['apps/*/src'], 'apps/a/src/index.js', true],
    [['apps/*/src'], 'apps/a/b/src', false],
    [['apps/**/src'], 'apps/a/b/src/index.js', true],
    [['apps/**/src'], 'apps/src/index.js', true],
    [['!docs/**'], 'docs/index.md', false],
    [['!docs/**'], 'index.js', true],
    [['**', '!**/*.md'], 'docs/index.md', false],
    [['**', '!**/*.md'], 'index.js', true],
    [['apps/**', '!apps/docs/**', 'apps/docs/api/**'], 'apps/docs/index.md', false],
    [['apps/**', '!apps/docs/**', 'apps/docs/api/**'], 'apps/docs/api/index.md', true],
    [['!apps/docs/**', 'apps/**'], 'apps/docs/index.md', true],
    [['*.md'], 'docs/a.md', true],
    [['/*.md'], 'docs/a.md', false],
    [['\\!important'], '!important', true],
    [['a?c', '[!a-c]x'], 'abc', true],
    [['[!a-c]x'], 'ax', false],
    [['[!a-c]x'], 'dx', true],
    [['ünï*'], 'ünïcödé.txt', true],
  ])('%j and a push that touches %j: %s', (patterns, path, expected) => {
    const source = { kind: 'github', repository: 'acme/shop', branch: 'main', watchPaths: patterns };
    expect(ServiceSource.safeParse(source).success).toBe(true);
    expect(concerns(patterns, [path])).toBe(expected);
  });

  it('let every push through when there are none, or when the touched paths are unknown', () => {
    expect([concerns([], ['a']), concerns(['b'], null), concerns(['b'], ['a'])]).toEqual([true, true, false]);
  });

  it.each(['', '!', '/', '!/', '../a', 'a/../b', '!../a', 'a\nb'])('refuse %j', (pattern) => {
    const source = { kind: 'github', repository: 'acme/shop', branch: 'main', watchPaths: [pattern] };
    expect(ServiceSource.safeParse(source).success).toBe(false);
  });

  describe('compared with git,', () => {
    const folder = mkdtempSync(join(tmpdir(), 'gantry-watch-'));
    execFileSync('git', ['init', '--quiet', folder]);
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    /** The paths that git ignores with one pattern. */
    function ignored(pattern: string, paths: readonly string[]): string[] {
      writeFileSync(join(folder, '.git/info/exclude'), `${pattern}\n`);
      const options = { input: paths.join('\0'), encoding: 'utf8' as const };
      const { stdout } = spawnSync('git', ['-C', folder, 'check-ignore', '--no-index', '-z', '--stdin'], options);
      return stdout.split('\0').filter((path) => path !== '');
    }

    it('match the same paths as one pattern in .gitignore', () => {
      const name = fc.string({ unit: fc.constantFrom('a', 'b', '.', '-'), minLength: 1, maxLength: 3 });
      const path = fc
        .array(name, { minLength: 1, maxLength: 4 })
        .map((names) => names.join('/'))
        .filter((text) => text.split('/').every((part) => !/^\.+$/.test(part)));
      const part = fc.oneof(
        fc.constantFrom('**', '*', 'a', 'b', 'a*', '*b', 'a?', '[ab]', '[!a]b', '\\a', 'a**b'),
        fc.string({ unit: fc.constantFrom('a', 'b', '*', '?', '-'), minLength: 1, maxLength: 4 }),
      );
      const pattern = fc
        .tuple(fc.constantFrom('', '/'), fc.array(part, { minLength: 1, maxLength: 4 }), fc.constantFrom('', '/'))
        .map(([before, parts, after]) => before + parts.join('/') + after)
        // For two stars at the end of a part, but not at its beginning, git's answer depends on the memory position of the pattern.
        .filter((text) => !/[^/*]\*\*+(?:\/|$)/.test(text));
      fc.assert(
        fc.property(pattern, fc.uniqueArray(path, { minLength: 10, maxLength: 30 }), (given, paths) => {
          expect(paths.filter((each) => concerns([given], [each]))).toEqual(ignored(given, paths));
        }),
        { numRuns: 150 },
      );
    });
  });
});
