import type { ServerFrame } from '@gantry/contract/schemas/realtime.ts';

export type EventFrame = Extract<ServerFrame, { type: 'event' }>;

/** What a client knows of one aggregate. */
interface Known {
  readonly version: number;
  /** The aggregate's public view, as its events carry it. */
  readonly data: unknown;
}

/** What became of an event: it is newer than what was known; or it is not; or it is newer and others before it have not come. */
type Outcome = 'applied' | 'dropped' | 'gap';

/** What a client knows of the aggregates that it follows, whatever the order in which it learns of them. */
export interface State {
  /** Takes an event in. After a gap its aggregate is among the `missing` until a snapshot at least as new has come. */
  event(frame: EventFrame): Outcome;
  /** Takes in what the API answered; false where something newer is known. */
  snapshot(id: string, version: number, data: unknown): boolean;
  get(id: string): Known | undefined;
  /** The aggregates to fetch: some of their events have not come. */
  missing(): readonly string[];
}

/** How many event ids are remembered: a repeat comes soon after the first or not at all. */
const REMEMBERED = 2_000;

/**
 * An empty state. Versions alone order the events of an aggregate: what is not newer than what is known is dropped, a version left out is
 * a gap. An event id that was taken in before is dropped, as the same event comes on several topics and more than once.
 */
export function createState(): State {
  const known = new Map<string, Known>();
  const gaps = new Map<string, number>();
  const seen = new Set<string>();

  function remember(id: string): boolean {
    if (seen.has(id)) return false;
    seen.add(id);
    const [oldest] = seen;
    if (seen.size > REMEMBERED && oldest !== undefined) seen.delete(oldest);
    return true;
  }

  return {
    event({ id, aggregate, data }) {
      const before = known.get(aggregate.id)?.version ?? 0;
      if (!remember(id) || aggregate.version <= before) return 'dropped';
      known.set(aggregate.id, { version: aggregate.version, data });
      if (aggregate.version === before + 1) return 'applied';
      gaps.set(aggregate.id, aggregate.version);
      return 'gap';
    },
    snapshot(id, version, data) {
      if (version >= (gaps.get(id) ?? 0)) gaps.delete(id);
      if (version <= (known.get(id)?.version ?? 0)) return false;
      known.set(id, { version, data });
      return true;
    },
    get: (id) => known.get(id),
    missing: () => [...gaps.keys()],
  };
}
