import type { Lookup } from './access.ts';

type Item = Record<string, unknown>;

/** A lookup of one record: `get` is ElectroDB's operation for it, `parse` its entity's reading of the raw item. */
export function lookupOf<T>(
  what: string,
  get: { params<P>(): P },
  parse: (response: { Item: Item }) => { data: T | null },
): Lookup<T> {
  return {
    what,
    key: get.params<{ Key: Record<string, string> }>().Key,
    parse(item) {
      const { data } = parse({ Item: item });
      if (data === null) throw new Error(`the record of ${what} is not one of its kind`);
      return data;
    },
  };
}
