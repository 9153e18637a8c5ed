import { GantryError } from '@gantry/contract/errors.ts';
import { referencesOf } from '@gantry/contract/references.ts';
import type { Variable } from '@gantry/contract/schemas/variables.ts';

/** A variable of the service `from` refers to one of the service `to`, by their slugs. */
export interface Edge {
  readonly from: string;
  readonly to: string;
}

/** Where a service or a database stands: whoever refers to others is left of them. */
export interface Place {
  readonly column: number;
  readonly row: number;
}

/** The services that a service's variables refer to, each once. A value that nobody may see, or that holds a broken reference, leads nowhere. */
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

/** The edges between these; a reference to what is shared, to itself or to what is gone is none. */
export function edgesOf(owners: ReadonlyMap<string, readonly string[]>): Edge[] {
  return [...owners].flatMap(([from, all]) =>
    all.filter((to) => to !== from && owners.has(to)).map((to) => ({ from, to })),
  );
}

/** A column for each service, one right of the last that refers to it, and rows in the order given. What closes a circle counts for no column. */
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

/** The edges but for those that lead back to a service on the way to them. */
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
