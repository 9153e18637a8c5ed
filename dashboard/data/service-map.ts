import { GantryError } from '@gantry/contract/errors.ts';
import { referencesOf } from '@gantry/contract/references.ts';
import type { Variable } from '@gantry/contract/schemas/variables.ts';

/** A variable of service `from` refers to service or database `to`. Both are slugs. */
export interface Edge {
  readonly from: string;
  readonly to: string;
}

/** The place of a card on the map. A service is to the left of the cards to which it refers. */
export interface Place {
  readonly column: number;
  readonly row: number;
}

/** The slugs to which a service's variables refer, each once. Sealed values and broken references count for nothing. */
export function ownersIn(variables: readonly Pick<Variable, 'value'>[]): readonly string[] {
  const owners = variables.flatMap(({ value }) => (value === null ? [] : ownersOf(value)));
  return [...new Set(owners)].sort();
}

function ownersOf(value: string): string[] {
  try {
    return referencesOf(value).flatMap(({ owner }) => (owner === undefined ? [] : [owner]));
  } catch (error) {
    if (error instanceof GantryError) return [];
    throw error;
  }
}

/** The edges between the cards. References to shared variables, to itself or to missing services are no edges. */
export function edgesOf(owners: ReadonlyMap<string, readonly string[]>): Edge[] {
  return [...owners].flatMap(([from, all]) =>
    all.filter((to) => to !== from && owners.has(to)).map((to) => ({ from, to })),
  );
}

/** Gives each card a column, one to the right of all that refer to it, and a row in the given order. Edges that close a circle are ignored. */
export function layOut(slugs: readonly string[], edges: readonly Edge[]): ReadonlyMap<string, Place> {
  const onward = withoutCircles(slugs, edges);
  const columns = new Map<string, number>();
  const column = (slug: string): number => {
    const known = columns.get(slug);
    if (known !== undefined) return known;
    const own = Math.max(-1, ...onward.filter(({ to }) => to === slug).map(({ from }) => column(from))) + 1;
    columns.set(slug, own);
    return own;
  };
  const taken = new Map<number, number>();
  return new Map(
    slugs.map((slug) => {
      const at = column(slug);
      const row = taken.get(at) ?? 0;
      taken.set(at, row + 1);
      return [slug, { column: at, row }];
    }),
  );
}

/** The edges without those that close a circle. */
function withoutCircles(slugs: readonly string[], edges: readonly Edge[]): Edge[] {
  const way = new Set<string>();
  const seen = new Set<string>();
  const kept: Edge[] = [];
  const visit = (slug: string): void => {
    seen.add(slug);
    way.add(slug);
    for (const edge of edges.filter(({ from }) => from === slug)) {
      if (way.has(edge.to)) continue;
      kept.push(edge);
      if (!seen.has(edge.to)) visit(edge.to);
    }
    way.delete(slug);
  };
  for (const slug of slugs) if (!seen.has(slug)) visit(slug);
  return kept;
}
