import { createMask } from '@gantry/wiring/mask.ts';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { KEPT_LINE, lineSplitter } from '../../../layers/builder/lines.ts';
import { createOutput, type OutputLimits } from '../../../layers/builder/output.ts';

/** The printed lines of a stream of bytes that comes in these chunks. */
function printed(chunks: readonly Buffer[], sealed: readonly string[], limits?: OutputLimits): string[] {
  const lines: string[] = [];
  const output = createOutput((line) => lines.push(line), limits);
  output.seal(sealed);
  const splitter = lineSplitter(output.print);
  for (const chunk of chunks) splitter.write(chunk);
  splitter.end();
  return lines;
}

const linesOf = (text: string) => text.split(/[\r\n]+/).map((line) => line.trim());

/**
 * Values without the mask's own character, which may appear next to a mask by chance. At least one line of a value is
 * long enough to be masked.
 */
const value = fc
  .string({ minLength: 4, maxLength: 60, unit: 'binary' })
  .filter((text) => !text.includes('*') && linesOf(text).some((line) => line.length >= 4));
const wellFormed = value.map((text) => text.toWellFormed());

describe('the output of a build', () => {
  it('never holds a sealed value, in any encoding and wherever the chunks are cut', () => {
    const around = fc.string({ maxLength: 20 });
    const encoded = (text: string, before: string) => [
      text,
      Buffer.from(text).toString('base64'),
      Buffer.from(text).toString('base64url'),
      Buffer.from(`${before}:${text}`).toString('base64'),
      encodeURIComponent(text),
      JSON.stringify(text),
    ];
    fc.assert(
      fc.property(
        wellFormed,
        around,
        around,
        fc.nat(5),
        fc.array(fc.nat(2_000)),
        (secret, before, after, form, cuts) => {
          const shown = encoded(secret, before)[form] ?? '';
          const bytes = Buffer.from(`${before}${shown}${after}\n`);
          const points = [...cuts.map((cut) => cut % bytes.length), bytes.length].sort((a, b) => a - b);
          const chunks = points.map((point, index) => bytes.subarray(points[index - 1] ?? 0, point));
          const output = printed(chunks, [secret]).join('\n');
          const forms = [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')];
          for (const each of [...forms, ...linesOf(secret)]) {
            if (each.length >= 4) expect(output).not.toContain(each);
          }
        },
      ),
    );
  });

  it('shows no beginning of a value at the end of a cut line, and no value above the limit', () => {
    const limits = { line: 100, lines: 10, characters: 10_000_000 };
    const secret = 'x1y2z3'.repeat(10);
    for (const length of [60, 95, KEPT_LINE - 30]) {
      const text = 'a'.repeat(length) + secret + 'b'.repeat(KEPT_LINE);
      const [line = ''] = printed([Buffer.from(text)], [secret], limits);
      expect(line).not.toContain('x1');
      expect(line).toMatch(/ … \(the line is cut: it has more than \d+ KB\)$/);
    }
  });

  it('does not mask short values and other text', () => {
    const mask = createMask(['abc', '', 'long enough']);
    expect(mask('abc abcd long enough')).toBe('abc abcd ***');
    expect(createMask([])('anything')).toBe('anything');
  });

  it('is masked by the longest value if one value is part of another', () => {
    expect(createMask(['pass', 'passphrase'])('my passphrase, my pass')).toBe('my ***, my ***');
  });

  it('cuts a line of 30 MB without keeping the line in memory', () => {
    const chunk = Buffer.alloc(1024 * 1024, 'z');
    const lines = printed([...Array.from({ length: 30 }, () => chunk), Buffer.from('\nnext\n')], []);
    expect(lines.map((line) => line.length < 33_000)).toEqual([true, true]);
    expect(lines[0]).toContain('more than 32 KB');
    expect(lines[1]).toBe('next');
  });

  it.each([
    ['too many lines', { line: 100, lines: 3, characters: 1_000 }, 4],
    ['too many characters', { line: 100, lines: 1_000, characters: 23 }, 3],
  ])('ends with a line that says so after %s, and still shows how the build ended', (_, limits, shown) => {
    const lines: string[] = [];
    const output = createOutput((line) => lines.push(line), limits);
    for (let count = 0; count < 20; count += 1) output.print('0123456789');
    output.conclude('error: it failed');
    expect(lines).toHaveLength(shown + 1);
    expect(lines.at(-2)).toBe(
      'The log ends here: the output has too many lines, or they are too long. The build continues.',
    );
    expect(lines.at(-1)).toBe('error: it failed');
  });
});
