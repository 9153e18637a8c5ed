import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parse } from '@babel/parser';
import { describe, expect, it } from '@jest/globals';

/** Patterns that take more than linear time, and why nobody can exploit them. */
const BOUNDED: Readonly<Record<string, string>> = {
  '/-+$/': 'names of at most 63 characters',
  '/\\/+$/': "addresses of at most 500 characters, or input of the command's user",
  '/\\s*\\n\\s*/g': 'errors that this machine made for its own user',
  '/=+$/': 'base64, which ends with two of them at most',
  '/node_modules\\/(\\.bin|.*\\/node-gyp-bin)\\/?$/': 'the PATH of the machine that builds',
  '/\\d+\\.\\d[\\w.]*/': 'the version text of a package manager',
  '/[:@][^/]*$/': 'references of at most 300 characters',
  '/^[^@]*:[^@/]*@(?!sha256:)/': 'references of at most 300 characters',
  '/^(>=|<=|>|<|~=|\\^|~|==|!=)?\\s*(\\d+)(?:\\.(\\d+|\\*))?(\\.\\d+|\\.\\*)?[\\w.]*$/': 'at most 100 characters',
  '/(?:(?<=[ \\t])#[^\\n]*|([^\\n]*?)(?:[ \\t]+#[^\\n]*)?[ \\t]*)(?:\\n|$)/y': 'a file of the user of the command',
};

const SMALL = 4_000;
const LARGE = 16_000;
/** For a text four times as long, linear time grows four times and quadratic time sixteen times. */
const RATIO = 8;
/** In milliseconds: a clock cannot measure the ratio of shorter times. Quadratic time of the longer text is far above this. */
const MEASURABLE = 20;

interface Pattern {
  readonly source: string;
  readonly flags: string;
  readonly at: string;
}

describe('the regular expressions of the source', () => {
  it('match in a time that grows no faster than their input', () => {
    const slow = patternsIn(['layers', 'functions', 'cli'])
      .filter(({ source, flags }) => BOUNDED[`/${source}/${flags}`] === undefined)
      .flatMap((pattern) => {
        const attack = attacksOn(pattern).find((make) => isSlow(pattern, make));
        return attack === undefined ? [] : [`${pattern.at}: /${pattern.source}/ of ${JSON.stringify(attack(3))}`];
      });
    expect(slow).toEqual([]);
  });

  it('that are slow are found', () => {
    const gitmodules = { source: '^\\s*path\\s*=\\s*"?(.*?)\\/?"?\\s*$', flags: 'gm', at: '' };
    expect(attacksOn(gitmodules).some((make) => isSlow(gitmodules, make))).toBe(true);
  });
});

function patternsIn(folders: readonly string[]): Pattern[] {
  const files = execFileSync('git', ['ls-files', '--', ...folders], { encoding: 'utf8' }).split('\n');
  const found = new Map<string, Pattern>();
  for (const file of files.filter((name) => name.endsWith('.ts'))) {
    const { program } = parse(readFileSync(file, 'utf8'), { sourceType: 'module', plugins: ['typescript'] });
    for (const { pattern, flags, line } of literalsIn(program)) {
      found.set(`/${pattern}/${flags}`, { source: pattern, flags, at: `${file}:${line}` });
    }
  }
  return [...found.values()];
}

function* literalsIn(node: unknown): Generator<{ pattern: string; flags: string; line: number }> {
  if (typeof node !== 'object' || node === null) return;
  if ('type' in node && node.type === 'RegExpLiteral') {
    const { pattern, flags, loc } = node as unknown as {
      pattern: string;
      flags: string;
      loc: { start: { line: number } };
    };
    yield { pattern, flags, line: loc.start.line };
  }
  for (const [key, value] of Object.entries(node)) if (key !== 'loc' && key !== 'extra') yield* literalsIn(value);
}

/** Texts of any length that repeat a pattern's parts, with the pattern's begin and without its end. */
function attacksOn({ source }: Pattern): ((length: number) => string)[] {
  const literals = [...new Set(source.replaceAll(/\\[a-zA-Z]/g, ''))].filter((each) => !'()|?*+^$'.includes(each));
  const words = source.match(/[A-Za-z]{2,}/g) ?? [];
  const pumps = [
    ...new Set([...literals, ...words, ' ', '\n', '\t', 'a', '0', '-', '/', '.', ' \n', 'a=', '"a', ' <', '[x']),
  ];
  const start = /^\^?((?:\\?[\w:@"'<=/-])*)/.exec(source)?.[1]?.replaceAll(/\\(.)/g, '$1') ?? '';
  const starts = [...new Set(['', start, 'a', '"', '\n'])];
  return pumps.flatMap((pump) =>
    starts.map((before) => (length: number) => `${before}${pump.repeat(Math.ceil(length / pump.length))}\u0000`),
  );
}

function isSlow(pattern: Pattern, make: (length: number) => string): boolean {
  if (timeOf(pattern, make(LARGE)) < MEASURABLE) return false;
  // Other work may have slowed down one measurement: only a pattern that is slow each time is slow.
  const best = (length: number) => Math.min(...[1, 2, 3].map(() => timeOf(pattern, make(length))));
  const [small, large] = [best(SMALL), best(LARGE)];
  return large >= MEASURABLE && large > small * RATIO;
}

/** The time for finding all matches in a text, in milliseconds. */
function timeOf({ source, flags }: Pattern, text: string): number {
  // A sticky pattern only searches at one place.
  const pattern = new RegExp(source, flags.includes('y') ? flags : `${flags.replace('g', '')}g`);
  const before = performance.now();
  text.replace(pattern, '');
  return performance.now() - before;
}
