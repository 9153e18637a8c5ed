import { formatDotenv, parseDotenv } from '@gantry/contract/dotenv.ts';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

const parsed = (text: string) => Object.fromEntries(parseDotenv(text));

describe('a .env file', () => {
  it('is read with comments, export, quotes, several lines, escapes and the ends of lines of Windows', () => {
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
  ])('that is none is refused by its line, without its content', (text, message) => {
    expect(() => parseDotenv(text)).toThrow(message);
    expect(() => parseDotenv(text)).not.toThrow(/secret|value that|open/);
  });

  const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,20}$/).filter((each) => each !== '__proto__');
  const value = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.string({ unit: fc.constantFrom('"', "'", '`', '\\', '\n', '\r', ' ', '#', '$', '=', 'n', 'a'), maxLength: 20 }),
  );

  it('that is exported is read again as the same variables, whatever their values', () => {
    fc.assert(
      fc.property(fc.dictionary(name, value), (variables) => {
        const entries = Object.entries(variables);
        expect([...parseDotenv(formatDotenv(entries))]).toEqual(entries);
      }),
    );
  });

  it('never takes long or breaks, whatever the text', () => {
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
