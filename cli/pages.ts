import { GantryError } from '@gantry/contract/errors.ts';

const PAGE = '100';
const MAX_PAGES = 50;

/** Every item of a list, up to 5,000. */
export async function allPages<T>(
  read: (query: {
    limit: string;
    cursor?: string;
  }) => Promise<{ readonly items: readonly T[]; readonly next: string | null }>,
): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const answer = await read({ limit: PAGE, ...(cursor !== undefined && { cursor }) });
    items.push(...answer.items);
    if (answer.next === null) break;
    cursor = answer.next;
  }
  return items;
}

/** The item of a list with the given slug or id. Throws NotFound and lists what exists instead. */
export function named<T extends { readonly id: string; readonly slug: string }>(
  items: readonly T[],
  name: string,
  what: string,
  where: string,
): T {
  const found = items.find(({ id, slug }) => slug === name || id === name);
  if (found !== undefined) return found;
  const others = items.map(({ slug }) => slug).sort();
  const there = others.length === 0 ? 'There is none yet.' : `There are: ${others.join(', ')}.`;
  throw new GantryError('NotFound', `There is no ${what} ${name} in ${where}. ${there}`);
}

/** The same for items that people know by a name instead of a slug. */
export function called<T extends { readonly id: string; readonly name: string }>(
  items: readonly T[],
  name: string,
  what: string,
  where: string,
): T {
  return named(
    items.map((each) => ({ ...each, slug: each.name })),
    name,
    what,
    where,
  );
}
