/**
 * Smooth weighted round robin: every `sum of weights` picks match the weights exactly, well mixed. Nothing is random, so a weight of one percent is
 * one in a hundred from the first hundred on.
 */
export interface Balancer {
  /** Picks one of the items for `key`; undefined without any weight. A change of items or weights starts over. */
  pick<T extends { readonly id: string; readonly weight: number }>(key: string, items: readonly T[]): T | undefined;
  /** Forgets the keys that are not among these. */
  retain(keys: ReadonlySet<string>): void;
}

interface State {
  readonly shape: string;
  readonly credit: number[];
}

export function createBalancer(): Balancer {
  const states = new Map<string, State>();
  return {
    pick(key, items) {
      const shape = items.map(({ id, weight }) => `${id}=${weight}`).join(' ');
      const known = states.get(key);
      const state = known?.shape === shape ? known : { shape, credit: items.map(() => 0) };
      states.set(key, state);
      let [best, total] = [-1, 0];
      for (const [index, { weight }] of items.entries()) {
        if (weight === 0) continue;
        total += weight;
        const credit = (state.credit[index] ?? 0) + weight;
        state.credit[index] = credit;
        if (best < 0 || credit > (state.credit[best] ?? 0)) best = index;
      }
      if (best >= 0) state.credit[best] = (state.credit[best] ?? 0) - total;
      return items[best];
    },
    retain(keys) {
      for (const key of states.keys()) if (!keys.has(key)) states.delete(key);
    },
  };
}
