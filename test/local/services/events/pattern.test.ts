import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compilePattern } from '../../../../local/services/events/pattern.ts';

const matches = (pattern: unknown, event: Record<string, unknown>) => compilePattern(pattern)(event);
const field = (filter: unknown, value: unknown) => matches({ a: [filter] }, { a: value });

const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
/** Names that a pattern reads as fields. */
const name = fc.string({ minLength: 1 }).filter((text) => text !== '$or' && text !== '__proto__');
const event = fc.dictionary(
  name,
  fc.oneof({ weight: 3, arbitrary: leaf }, fc.array(leaf, { minLength: 1 }), fc.dictionary(name, leaf, { minKeys: 1 })),
  { minKeys: 1 },
);
/** Texts that are often equal, or parts of each other. */
const short = fc.string({ unit: fc.constantFrom('a', 'A', 'b', '*', '\\', '.'), maxLength: 6 });

describe('an event pattern', () => {
  it.each([
    ['a value', 'x', ['x'], ['y', 1, null]],
    ['a number, never its text', 1, [1], ['1', true]],
    ['null', null, [null], ['', 'null', 0]],
    ['a prefix', { prefix: 'ab' }, ['ab', 'abc'], ['b', 'AB', 1]],
    ['a prefix in any case', { prefix: { 'equals-ignore-case': 'ab' } }, ['ABc'], ['cab']],
    ['a suffix', { suffix: '.png' }, ['x.png'], ['x.PNG']],
    ['a suffix in any case', { suffix: { 'equals-ignore-case': '.png' } }, ['x.PNG'], ['png']],
    ['a text in any case', { 'equals-ignore-case': 'Alice' }, ['aLICE'], ['alice ']],
    ['anything but a value', { 'anything-but': 'x' }, ['y', 1], ['x']],
    ['anything but a number', { 'anything-but': 5 }, [6, '5'], [5]],
    ['anything but several values', { 'anything-but': ['x', 5] }, ['y', 6], ['x', 5]],
    ['anything but a prefix', { 'anything-but': { prefix: 'in' } }, ['out'], ['init']],
    ['anything but several prefixes', { 'anything-but': { prefix: ['a', 'b'] } }, ['c'], ['a1', 'b1']],
    ['anything but a suffix', { 'anything-but': { suffix: ['.a', '.b'] } }, ['x.c'], ['x.a', 'x.b']],
    ['anything but a text in any case', { 'anything-but': { 'equals-ignore-case': ['x', 'y'] } }, ['z'], ['X', 'Y']],
    ['anything but a wildcard', { 'anything-but': { wildcard: '*/lib/*' } }, ['/src/a'], ['/lib/a']],
    ['a number by comparison', { numeric: ['>', 1] }, [2], [1, '2']],
    ['a number in a range', { numeric: ['>=', 0, '<', 5] }, [0, 4.9], [5, -1]],
    ['an equal number', { numeric: ['=', 3.0] }, [3], [3.1]],
    ['an address of a range', { cidr: '10.0.0.0/24' }, ['10.0.0.255'], ['10.0.1.0', 'x', 1]],
    ['an address of an IPv6 range', { cidr: '2001:db8::/32' }, ['2001:db8::1'], ['2001:db9::1', '10.0.0.1']],
    ['a wildcard', { wildcard: 'a*b*c' }, ['abc', 'axxbxxc'], ['ab', 'acb']],
    ['a wildcard with an escaped star', { wildcard: 'a\\**' }, ['a*', 'a*b'], ['ab']],
    ['a field that is there', { exists: true }, ['', 0, null, false], [undefined, {}, []]],
    ['a field that is not there', { exists: false }, [undefined, {}], ['', null]],
  ])('matches %s', (_title, filter, yes, no) => {
    for (const value of yes) expect([value, field(filter, value)]).toEqual([value, true]);
    for (const value of no) expect([value, field(filter, value)]).toEqual([value, false]);
  });

  it('needs every field, and any alternative of each', () => {
    const pattern = {
      source: ['gantry'],
      detail: { status: ['live', { prefix: 'fail' }], n: [{ numeric: ['>', 1] }] },
    };
    expect(matches(pattern, { source: 'gantry', detail: { status: 'failed', n: 2 } })).toBe(true);
    expect(matches(pattern, { source: 'gantry', detail: { status: 'failed', n: 1 } })).toBe(false);
    expect(matches(pattern, { source: 'gantry' })).toBe(false);
  });

  it('matches an array by any element, and a nested pattern by one whole element', () => {
    expect(field('b', ['a', 'b'])).toBe(true);
    const pattern = { list: { name: ['x'], on: [true] } };
    expect(matches(pattern, { list: [{ name: 'x', on: true }] })).toBe(true);
    expect(
      matches(pattern, {
        list: [
          { name: 'x', on: false },
          { name: 'y', on: true },
        ],
      }),
    ).toBe(false);
  });

  it('combines $or with the fields beside it', () => {
    const pattern = { source: ['s'], $or: [{ a: [1] }, { b: { c: [2] } }] };
    expect(matches(pattern, { source: 's', a: 1 })).toBe(true);
    expect(matches(pattern, { source: 's', b: { c: 2 } })).toBe(true);
    expect(matches(pattern, { source: 's', b: { c: 3 } })).toBe(false);
    expect(matches(pattern, { source: 't', a: 1 })).toBe(false);
  });

  it.each([
    [{}],
    [{ a: [] }],
    [{ a: 'x' }],
    [{ a: [{ prefix: 'x', suffix: 'y' }] }],
    [{ a: [{ like: 'x' }] }],
    [{ a: [{ numeric: ['<', 5, '>', 1] }] }],
    [{ a: [{ numeric: ['>', '1'] }] }],
    [{ a: [{ wildcard: 'a**b' }] }],
    [{ a: [{ wildcard: 'a\\b' }] }],
    [{ a: [{ cidr: '10.0.0.0/33' }] }],
    [{ a: [{ exists: 'yes' }] }],
    [{ a: [{ 'anything-but': { numeric: ['>', 1] } }] }],
    [{ a: [{ constructor: 1 }] }],
    [{ $or: [{ a: [1] }] }],
  ])('is refused with the place of its mistake: %j', (pattern) => {
    expect(() => compilePattern(pattern)).toThrow(/Event pattern is not valid: pattern/);
  });

  it('matches the event that it was made from, and not one without any of its fields', () => {
    const patternOf = (value: unknown): unknown =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, patternOf(each)]))
        : [value].flat();
    fc.assert(
      fc.property(event, (value) => {
        const pattern = patternOf(value) as Record<string, unknown>;
        expect(matches(pattern, value)).toBe(true);
        for (const missing of Object.keys(value)) {
          const rest = Object.fromEntries(Object.entries(value).filter(([key]) => key !== missing));
          expect(matches(pattern, rest)).toBe(false);
        }
      }),
    );
  });

  it('matches a plain value exactly when its negation does not', () => {
    fc.assert(
      fc.property(leaf, fc.array(leaf, { minLength: 1 }), (value, listed) => {
        expect(field({ 'anything-but': listed }, value)).toBe(!listed.some((each) => each === value));
      }),
    );
    const filters = fc.constantFrom('prefix', 'suffix', 'equals-ignore-case');
    fc.assert(
      fc.property(filters, short, short, (filter, part, value) => {
        expect(field({ 'anything-but': { [filter]: part } }, value)).toBe(!field({ [filter]: part }, value));
      }),
    );
  });

  it('matches wildcards as the equal regular expression does', () => {
    const parts = fc.array(short, { minLength: 1, maxLength: 5 });
    const escaped = (part: string) => part.replaceAll(/[\\*]/g, '\\$&');
    fc.assert(
      fc.property(parts, parts, (literal, fill) => {
        const wanted = literal.filter((part, index) => part !== '' || index === 0);
        const wildcard = wanted.map(escaped).join('*');
        const expression = new RegExp(`^${wanted.map((part) => part.replaceAll(/[\\*.]/g, '\\$&')).join('[^]*')}$`);
        const value = wanted.flatMap((part, index) => [part, fill[index] ?? '']).join('');
        for (const text of [value, fill.join(''), wanted.join('')]) {
          expect(field({ wildcard }, text)).toBe(expression.test(text));
        }
      }),
    );
  });

  it('matches $or like any of its alternatives', () => {
    const alternatives = fc.array(fc.record({ a: fc.array(leaf, { minLength: 1 }) }), { minLength: 2 });
    fc.assert(
      fc.property(alternatives, leaf, ($or, value) => {
        expect(matches({ $or }, { a: value })).toBe($or.some((each) => matches(each, { a: value })));
      }),
    );
  });

  it('ends in linear time when a wildcard almost matches', () => {
    const text = 'a'.repeat(100_000);
    expect(field({ wildcard: '*a*a*a*a*a*b' }, text)).toBe(false);
  });
});
