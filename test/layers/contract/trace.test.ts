import { newTraceId, TraceId, traceIdOf } from '@gantry/contract/trace.ts';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const parent = '00f067aa0ba902b7';

describe('a traceparent header', () => {
  it.each([
    ['of version 00', `00-${traceId}-${parent}-01`],
    ['that is not sampled', `00-${traceId}-${parent}-00`],
    ['of a later version', `01-${traceId}-${parent}-01`],
    ['of a later version with more fields', `cc-${traceId}-${parent}-01-what-comes-later`],
  ])('%s continues its trace', (_, header) => {
    expect(traceIdOf(header)).toBe(traceId);
  });

  it.each([
    ['is absent', undefined],
    ['is empty', ''],
    ['has the forbidden version', `ff-${traceId}-${parent}-01`],
    ['has more fields than its version', `00-${traceId}-${parent}-01-more`],
    ['has upper-case digits', `00-${traceId.toUpperCase()}-${parent}-01`],
    ['has a trace id of zeros', `00-${'0'.repeat(32)}-${parent}-01`],
    ['has a parent id of zeros', `00-${traceId}-${'0'.repeat(16)}-01`],
    ['is cut', `00-${traceId}-${parent}`],
    ['has a line break', `00-${traceId}-${parent}-01\n`],
  ])('that %s starts a new trace', (_, header) => {
    expect(traceIdOf(header)).toBeUndefined();
  });

  it('is ignored when malformed', () => {
    fc.assert(fc.property(fc.string({ maxLength: 80 }), (text) => traceIdOf(text) === undefined));
  });
});

describe('a new trace', () => {
  it('has a valid id of its own', () => {
    const ids = Array.from({ length: 100 }, newTraceId);
    expect(new Set(ids).size).toBe(100);
    for (const id of ids) expect(TraceId.safeParse(id).success).toBe(true);
  });
});
