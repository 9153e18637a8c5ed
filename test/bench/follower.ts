import { openLive } from '@gantry/client/live.ts';
import { topics } from '@gantry/contract/topics.ts';
import type { Bed } from './platform.ts';

/** A changed object, and its version after the change. */
interface Changed {
  readonly id: string;
  readonly version: number;
}

/** A WebSocket client that follows a team. */
export interface Follower {
  /** Resolves with the time (`performance.now()`) of the arrival of the last change. Throws if a change is missing after `ms`. */
  arrival(changes: readonly Changed[], ms: number): Promise<number>;
  close(): void;
}

export async function followTeam({ client }: Bed, teamId: string): Promise<Follower> {
  const live = await openLive(client);
  let missing = new Set<string>();
  let whole: PromiseWithResolvers<number> | undefined;
  await live.subscribe({ teamId }, topics.team(teamId), (frame) => {
    if (frame.type === 'event' && missing.delete(nameOf(frame.aggregate)) && missing.size === 0)
      whole?.resolve(performance.now());
  });
  return {
    close: () => live.close(),
    arrival(changes, ms) {
      missing = new Set(changes.map(nameOf));
      whole = Promise.withResolvers();
      const { promise, reject } = whole;
      const late = () => reject(new Error(`${missing.size} of ${changes.length} changes did not arrive in ${ms} ms`));
      const timer = setTimeout(late, ms);
      return promise.finally(() => clearTimeout(timer));
    },
  };
}

const nameOf = ({ id, version }: Changed) => `${id} ${version}`;
