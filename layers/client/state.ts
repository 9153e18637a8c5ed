import type { ServerFrame } from '@gantry/contract/schemas/realtime.ts';

export type EventFrame = Extract<ServerFrame, { type: 'event' }>;

/** The known state of one aggregate. */
interface Known {
  readonly version: number;
  /** The aggregate's public view, from its events. */
  readonly data: unknown;
}

/** The result of an event: it was newer and applied; it was old and dropped; or it was newer and earlier events are missing. */
type Outcome = 'applied' | 'dropped' | 'gap';

/** A client's state of the aggregates that it follows, in whatever order events arrive. */
export interface State {
  /** Applies an event. After a gap its aggregate is `missing` until a snapshot at least as new arrives. */
  event(frame: EventFrame): Outcome;
  /** Applies an answer of the API; false when a newer state is known. */
  snapshot(id: string, version: number, data: unknown): boolean;
  get(id: string): Known | undefined;
  /** The aggregates to fetch: some of their events are missing. */
  missing(): readonly string[];
}

/** The number of remembered event ids: a repeat comes soon or never. */
const REMEMBERED = 2_000;

/**
 * An empty state. Only versions order the events of an aggregate: an event that is not newer is dropped, and a skipped version is a gap. A repeated
 * event id is dropped, because the same event comes on several topics and more than once.
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
