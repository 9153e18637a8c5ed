import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatDotenv, isPortable, parseDotenv } from '@gantry/contract/dotenv.ts';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { missing } from '../../cli/command.ts';
import { unless } from '../../unless.ts';

const parsed = (text: string) => Object.fromEntries(parseDotenv(text));

describe('a .env file', () => {
  it('may hold comments, export, quotes, values of several lines, escapes and Windows line ends', () => {
    const text = [
      '# settings',
      '',
      'PLAIN=a value # with a comment',
      'HASH=a#b',
      'export EXPORTED = spaced  ',
      "SINGLE='as \\n it is'",
      'DOUBLE="two\\nlines, a \\"quote\\" and \\$5" # why',
      'KEY="-----BEGIN',
      'line',
      'END-----"',
      'TICKS=`both \' and "`',
      'EMPTY=',
      'NONE= # nothing',
      'URL=postgres://a:b@c/d?x=y',
      'PLAIN=last',
    ];
    const expected = {
      PLAIN: 'last',
      HASH: 'a#b',
      EXPORTED: 'spaced',
      SINGLE: 'as \\n it is',
      DOUBLE: 'two\nlines, a "quote" and $5',
      KEY: '-----BEGIN\nline\nEND-----',
      TICKS: `both ' and "`,
      EMPTY: '',
      NONE: '',
      URL: 'postgres://a:b@c/d?x=y',
    };
    expect(parsed(text.join('\n'))).toEqual(expected);
    expect(parsed(`\uFEFF${text.join('\r\n')}\r\n`)).toEqual(expected);
  });

  it.each([
    ['A=1\nnot a variable', 'Line 2 is no NAME=value'],
    ['A="open\nvalue that', 'Line 1 begins a value with "'],
    ["A=1\n\nB='x' secret", 'Line 3 has text after'],
    ['1A=x', 'Line 1 is no NAME=value'],
  ])('with an error is refused with the number of the line, without its content', (text, message) => {
    expect(() => parseDotenv(text)).toThrow(message);
    expect(() => parseDotenv(text)).not.toThrow(/secret|value that|open/);
  });

  const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,20}$/).filter((each) => each !== '__proto__');
  const value = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.string({ unit: fc.constantFrom('"', "'", '`', '\\', '\n', '\r', ' ', '#', '$', '=', 'n', 'a'), maxLength: 20 }),
  );

  it('that was exported reads back as the same variables', () => {
    fc.assert(
      fc.property(fc.dictionary(name, value), (variables) => {
        const entries = Object.entries(variables);
        expect([...parseDotenv(formatDotenv(entries))]).toEqual(entries);
      }),
    );
  });

  const python = unless(missing('python3', '-c', 'import dotenv'));
  /** A program that reads a file of this name, and prints the values of `names` as JSON. */
  const READERS: readonly [string, typeof python, (names: readonly string[]) => readonly string[]][] = [
    ['node --env-file', it, () => [process.execPath, '--env-file=x.env', '-p', 'JSON.stringify(process.env)']],
    ['bash', it, () => ['bash', '-c', `set -a; . ./x.env; ${process.execPath} -p 'JSON.stringify(process.env)'`]],
    [
      'python-dotenv',
      python,
      () => [
        'python3',
        '-c',
        "import dotenv, json; print(json.dumps(dotenv.dotenv_values('x.env', interpolate=False)))",
      ],
    ],
  ];
  const VALUES = {
    A: '$2a$12$mSN',
    B: 'String$$',
    C: "array:'self',blob:,https://*",
    D: '{"a": "b c", "d": "$x"}',
    E: 'postgres://u:p%23w@h/db?x=y=z',
    F: `\${HOME}`,
    G: '$(touch ran)',
    H: 'abc#def',
    I: 'abc #c',
    J: 'héllo ✓ 🚀',
    K: 'C:\\temp\\new',
    L: '-----BEGIN K-----\nabc\n-----END K-----\n',
    M: '`touch ran`',
    N: '  spaces  ',
    O: '',
    P: '~',
  };

  for (const [name, test, vector] of READERS) {
    test(`that was exported means the same to ${name}, and runs nothing (A29)`, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'gantry-env-'));
      const read = (values: Readonly<Record<string, string>>) => {
        writeFileSync(join(folder, 'x.env'), formatDotenv(Object.entries(values)));
        const [program = '', ...args] = vector(Object.keys(values));
        const options = { cwd: folder, encoding: 'utf8', env: { PATH: process.env['PATH'] } } as const;
        const all = JSON.parse(execFileSync(program, args, options)) as Record<string, string>;
        return Object.fromEntries(Object.keys(values).map((key) => [key, all[key]]));
      };
      expect(Object.values(VALUES).every(isPortable)).toBe(true);
      expect(read(VALUES)).toEqual(VALUES);
      const portable = value.filter((text) => isPortable(text) && !text.includes('\0') && text.isWellFormed());
      fc.assert(
        fc.property(fc.array(portable, { minLength: 20, maxLength: 20 }), (values) => {
          const named = Object.fromEntries(values.map((each, at) => [`V${at}`, each]));
          expect(read(named)).toEqual(named);
        }),
        { numRuns: 5 },
      );
      expect(() => readFileSync(join(folder, 'ran'))).toThrow('ENOENT');
      rmSync(folder, { recursive: true });
    }, 60_000);
  }

  it('that was exported runs nothing in bash, even with values that tools read differently', () => {
    const odd = ["'$(touch ran)'", '\r`touch ran`', '\'"$(touch ran)', '\\$(touch ran)\\', '$(touch ran)\\'];
    expect(odd.some(isPortable)).toBe(false);
    const folder = mkdtempSync(join(tmpdir(), 'gantry-env-'));
    writeFileSync(join(folder, 'x.env'), formatDotenv(odd.map((each, at) => [`V${at}`, each])));
    execFileSync('bash', ['-c', 'set -a; . ./x.env'], { cwd: folder });
    expect(() => readFileSync(join(folder, 'ran'))).toThrow('ENOENT');
    rmSync(folder, { recursive: true });
  });

  it('parses any text fast and without a crash', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        try {
          parseDotenv(text);
        } catch (error) {
          expect(error).toMatchObject({ kind: 'Invalid' });
        }
      }),
    );
  });
});
