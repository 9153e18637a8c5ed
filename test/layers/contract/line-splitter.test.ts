import { lastState, lineSplitter } from '@gantry/contract/line-splitter.ts';
import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';

const MOST = 100;

/** The lines of a text in these chunks, while no time passes. */
function linesOf(chunks: readonly string[], most = MOST): string[] {
  const lines: string[] = [];
  const splitter = lineSplitter((line) => lines.push(line), most);
  for (const chunk of chunks) splitter.write(chunk);
  splitter.end();
  return lines;
}

describe('lines of output', () => {
  it('end at a line feed of any platform; the last line needs none', () => {
    expect(linesOf(['one\ntw', 'o\r\n\nth', 'ree'])).toEqual(['one', 'two', '', 'three']);
    expect(linesOf(['x'.repeat(300), 'y\nnext'])).toEqual(['x'.repeat(MOST), 'next']);
  });

  it('of a progress bar shrink to its last state (A32)', () => {
    const bar = Array.from({ length: 101 }, (_, percent) => `\rloading ${percent}%`);
    expect(linesOf([...bar, '\ndone\n'])).toEqual(['loading 100%', 'done']);
    expect(linesOf(['10%\r', '20%\r', '\r\n'])).toEqual(['20%']);
    expect(linesOf(['\r1\r2\r   '])).toEqual(['2']);
    expect([lastState('a\rb\r'), lastState('plain'), lastState('\r \r')]).toEqual(['b', 'plain', '']);
  });

  it('of a progress bar appear while it moves, one a second and none twice (A32)', () => {
    jest.useFakeTimers();
    try {
      const lines: string[] = [];
      const splitter = lineSplitter((line) => lines.push(line), MOST);
      for (let percent = 0; percent < 100; percent += 1) {
        splitter.write(`\rloading ${percent}%`);
        jest.advanceTimersByTime(100);
      }
      jest.advanceTimersByTime(5_000);
      expect(lines.length).toBe(10);
      expect(lines.at(-1)).toBe('loading 99%');
      splitter.write('\n');
      splitter.write('a question without an end? ');
      jest.advanceTimersByTime(5_000);
      expect(lines.length).toBe(10);
      splitter.end();
      expect(lines.at(-1)).toBe('a question without an end? ');
      expect(jest.getTimerCount()).toBe(0);
    } finally {
      jest.useRealTimers();
    }
  });

  it('do not depend on where the text is cut, and never exceed the limit', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '\r', '\n'), maxLength: 60 });
    fc.assert(
      fc.property(text, fc.array(fc.nat(60), { maxLength: 5 }), fc.integer({ min: 1, max: 12 }), (all, cuts, most) => {
        const points = [0, ...cuts.map((cut) => Math.min(cut, all.length)).sort((a, b) => a - b), all.length];
        const chunks = points.slice(1).map((point, at) => all.slice(points[at], point));
        expect(linesOf(chunks, most)).toEqual(linesOf([all], most));
      }),
      { examples: [['\r a', [2], 10]] },
    );
  });
});
