import { cutLine, droppedMarker, MAX_LINE_BYTES, structureOf } from '@gantry/contract/log-line.ts';
import { LogLine } from '@gantry/contract/schemas/logs.ts';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

const bytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

describe('the level of a line', () => {
  it.each([
    ['ERROR something broke', 'error'],
    ['2026-11-26 10:00:00,123 WARN  com.shop.Cart - slow', 'warn'],
    ['2026-11-26T10:00:00.000Z  INFO shop: listening', 'info'],
    ['INFO:     Uvicorn running on http://0.0.0.0:8080', 'info'],
    ['2026/11/26 10:00:00 [error] 31#31: *1 open() failed', 'error'],
    ['[WARN ] disk is nearly full', 'warn'],
    ['time="2026-11-26" level=warning msg="late"', 'warn'],
    ['severity="DEBUG" cache miss', 'debug'],
    ['error: could not compile `shop`', 'error'],
    ['\u001b[31mERROR\u001b[0m no database', 'error'],
    ['GET /errors 200', null],
    ['no error here', null],
    ['listening on 8080', null],
    ['INFOBOX opened', null],
    ['sublevel=error', null],
    ['', null],
  ])('of %j is %s', (text, level) => {
    expect(structureOf(text)).toEqual({ level });
  });

  it.each([
    [{ level: 10 }, 'debug'],
    [{ level: 20 }, 'debug'],
    [{ level: 30 }, 'info'],
    [{ level: 40 }, 'warn'],
    [{ level: 50 }, 'error'],
    [{ level: 60 }, 'error'],
    [{ severity: 'WARNING' }, 'warn'],
    [{ severity: 'NOTICE' }, 'info'],
    [{ levelname: 'CRITICAL' }, 'error'],
    [{ 'log.level': 'debug' }, 'debug'],
    [{ level: 'gold', severity: 'error' }, 'error'],
    [{ level: 3 }, null],
    [{ error: 'none' }, null],
  ])('of the object %j is %s', (object, level) => {
    expect(structureOf(JSON.stringify(object)).level).toBe(level);
  });
});

describe('a line that is a JSON object', () => {
  it('has a message and fields', () => {
    const text = '{"level":30,"time":1,"pid":7,"msg":"paid","order":{"id":"o-1","items":[1,2]}}';
    expect(structureOf(text)).toEqual({
      level: 'info',
      message: 'paid',
      fields: { time: 1, pid: 7, order: { id: 'o-1', items: [1, 2] } },
    });
  });

  it('has neither when it is cut off or is no object', () => {
    for (const text of ['{"level":"error","msg":"pa', '[1,2]', '"text"', '{}trailing'])
      expect(structureOf(text)).toEqual({ level: null });
  });

  it('cannot reach the prototype of the object that holds it', () => {
    const { fields } = structureOf('{"__proto__":{"admin":true},"constructor":1}');
    expect(Object.getPrototypeOf(fields)).toBe(Object.prototype);
    expect(fields).toEqual({ constructor: 1 });
  });

  it('is bounded for any content, and fits the schema of the contract', () => {
    const value = fc.jsonValue({ maxDepth: 8, stringUnit: 'binary' });
    const object = fc.dictionary(fc.string({ unit: 'binary', maxLength: 200 }), value, { maxKeys: 100 });
    const text = fc.oneof(
      object.map((held) => JSON.stringify(held)),
      fc.string({ unit: 'binary' }),
      fc.json(),
    );
    fc.assert(
      fc.property(text, (line) => {
        const structure = structureOf(line);
        expect(bytes(structure.fields ?? {})).toBeLessThanOrEqual(5 * 1024);
        expect(Object.keys(structure.fields ?? {}).length).toBeLessThanOrEqual(64);
        expect(Buffer.byteLength(structure.message ?? '')).toBeLessThanOrEqual(4 * 1024);
        const sent = { id: '1', at: 1, text: line, source: 'web', release: null, ...structure };
        expect(LogLine.parse(JSON.parse(JSON.stringify(sent)))).toEqual(JSON.parse(JSON.stringify(sent)));
      }),
      { numRuns: 300 },
    );
  });

  it('is parsed in bounded time, however deep it is', () => {
    const deep = `{"a":${'['.repeat(16_000)}${']'.repeat(16_000)}}`;
    expect(structureOf(deep).fields).toEqual({ a: [[['…']]] });
  });
});

describe('cutting a line', () => {
  it('keeps as much text as fits, to the last whole character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), fc.integer({ min: 40, max: 300 }), (text, most) => {
        const cut = cutLine(text, most);
        expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(Math.max(most, 0));
        if (Buffer.byteLength(text) <= most) expect(cut).toBe(text);
        else expect(text.startsWith(cut.slice(0, cut.lastIndexOf('… [cut')))).toBe(true);
        expect(cutLine(cut, most)).toBe(cut);
      }),
    );
  });

  it('allows 32 KB', () => {
    expect(cutLine('x'.repeat(MAX_LINE_BYTES))).toHaveLength(MAX_LINE_BYTES);
    expect(Buffer.byteLength(cutLine('x'.repeat(MAX_LINE_BYTES + 1)))).toBe(MAX_LINE_BYTES);
  });
});

it('a marker of dropped lines is a warning that says how many lines, and why', () => {
  expect(structureOf(droppedMarker(12_345, 1000))).toEqual({
    level: 'warn',
    message: '… 12,345 lines dropped: this replica writes more than 1,000 lines a second',
    fields: { dropped: 12_345 },
  });
});
