import { GantryError } from '@gantry/contract/errors.ts';

/** A page's query as in the contract: digits as text. */
export interface PageQuery {
  readonly limit?: string | undefined;
  readonly cursor?: string | undefined;
}

const DEFAULT_LIMIT = 25;

/** ElectroDB's options for one page. */
export function pageOptions({ limit, cursor }: PageQuery) {
  return { limit: limit === undefined ? DEFAULT_LIMIT : Number(limit), cursor: cursor ?? null };
}

/** Runs a paged query; a cursor of another list is Invalid. */
export async function page<R, V>(
  query: PageQuery,
  run: () => Promise<{ data: R[]; cursor: string | null }>,
  view: (record: R) => V,
): Promise<{ items: V[]; next: string | null }> {
  try {
    const { data, cursor } = await run();
    return { items: data.map((record) => view(record)), next: cursor };
  } catch (error) {
    if (query.cursor === undefined || !isAboutTheCursor(error)) throw error;
    const message = 'is not a cursor of this list. Start again without it.';
    throw new GantryError('Invalid', 'The cursor is not valid.', [{ field: 'query.cursor', message }], {
      cause: error,
    });
  }
}

/** ElectroDB refuses a cursor that it cannot decode, and DynamoDB refuses one with a key of another list. */
function isAboutTheCursor(error: unknown): boolean {
  return error instanceof Error && /cursor|ExclusiveStartKey|exclusive start key|starting key/i.test(error.message);
}
