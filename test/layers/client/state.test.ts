import { createState, type EventFrame } from '@gantry/client/state.ts';
import { newId } from '@gantry/contract/ids.ts';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

const topic = `team:${newId('team')}`;

/** All events of one aggregate, in the order of their versions. The ids are in the opposite order. */
function history(versions: number): EventFrame[] {
  const ids = Array.from({ length: versions }, () => newId('event'))
    .sort()
    .reverse();
  const id = newId('deployment');
  return ids.map((event, index) => ({
    type: 'event',
    topic,
    id: event,
    name: 'deployment.advanced',
    at: new Date(1_000_000 - index).toISOString(),
    aggregate: { id, version: index + 1 },
    data: { id, version: index + 1 },
  }));
}

/** Histories of some aggregates as they reach a client: mixed, some events twice, some missing. */
const delivery = fc
  .array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 4 })
  .map((lengths) => lengths.map(history))
  .chain((histories) => {
    const all = histories.flat();
    const frames = fc
      .shuffledSubarray([...all, ...all], { minLength: 0 })
      .map((chosen) => chosen as readonly EventFrame[]);
    return fc.record({ histories: fc.constant(histories), frames });
  });

describe('the state of a client', () => {
  it('is the newest version that arrived, and the newest of all after missing ones are fetched', () => {
    fc.assert(
      fc.property(delivery, fc.infiniteStream(fc.boolean()), ({ histories, frames }, fetches) => {
        const state = createState();
        const last = new Map(histories.map((events) => [events[0]?.aggregate.id ?? '', events.at(-1)]));
        const fetch = (id: string) => {
          const newest = last.get(id)?.aggregate.version ?? 0;
          state.snapshot(id, newest, { id, version: newest });
        };
        const best = new Map<string, number>();
        for (const frame of frames) {
          const { id, version } = frame.aggregate;
          const before = best.get(id) ?? 0;
          const outcome = state.event(frame);
          expect(outcome === 'dropped').toBe(version <= before);
          best.set(id, Math.max(before, version));
          if (outcome === 'gap' && fetches.next().value) {
            fetch(id);
            best.set(id, last.get(id)?.aggregate.version ?? 0);
          }
          expect(state.get(id)).toEqual({ version: best.get(id), data: { id, version: best.get(id) } });
        }
        for (const id of state.missing()) fetch(id);
        expect(state.missing()).toEqual([]);
        for (const [id, version] of best) expect(state.get(id)?.version).toBeGreaterThanOrEqual(version);
      }),
      { numRuns: 300 },
    );
  });

  it('needs no fetch when events arrive in order, and one fetch when the first event is missing', () => {
    const events = history(4);
    const state = createState();
    expect(events.map((event) => state.event(event))).toEqual(['applied', 'applied', 'applied', 'applied']);
    expect(events.map((event) => state.event(event))).toEqual(['dropped', 'dropped', 'dropped', 'dropped']);
    expect(state.missing()).toEqual([]);
    const late = createState();
    const [, , third] = events;
    expect(third && late.event(third)).toBe('gap');
    expect(late.missing()).toEqual([third?.aggregate.id]);
  });

  it('is not overwritten by an older answer', () => {
    const events = history(3);
    const state = createState();
    for (const event of events) state.event(event);
    const id = events[0]?.aggregate.id ?? '';
    expect(state.snapshot(id, 2, 'old')).toBe(false);
    expect(state.get(id)).toMatchObject({ version: 3 });
  });

  it('still needs a fetch when the answer is older than the event after the gap', () => {
    const [, , , fourth] = history(4);
    const state = createState();
    if (fourth === undefined) throw new Error('there are four');
    state.event(fourth);
    state.snapshot(fourth.aggregate.id, 2, 'old');
    expect(state.missing()).toEqual([fourth.aggregate.id]);
    state.snapshot(fourth.aggregate.id, 4, 'new');
    expect(state.missing()).toEqual([]);
  });
});
