import type { Client } from '@gantry/client/client.ts';
import { type GantryError, isRetryable } from '@gantry/contract/errors.ts';
import type { RouteReply } from '@gantry/contract/route.ts';
import type { OperationId, routes } from '@gantry/contract/routes.ts';
import { onlineManager, QueryClient, type QueryKey, queryOptions } from '@tanstack/react-query';
import { client } from './client.ts';

/** The input of an operation. */
export type Input<O extends OperationId> = Parameters<typeof client<O>>[1];
export type Reply<O extends OperationId> = RouteReply<(typeof routes)[O]>;

// The manager only hears of changes: tell it the state at the start, so that a page that opens offline waits for the network.
onlineManager.setOnline(navigator.onLine);

/** The live connection keeps data fresh. The page reads again after a lost connection, and not by the clock. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5 * 60_000,
      refetchOnWindowFocus: false,
      // The typed client has its own repeats for errors that may pass.
      retry: (count, error) => count < 1 && isRetryable(error),
    },
    mutations: { retry: false },
  },
});

/** A read of the contract as a query. Its key is the operation and its input. */
export function api<O extends OperationId>(operation: O, input: Input<O>) {
  return queryOptions<Reply<O>, GantryError>({
    queryKey: [operation, input] as const satisfies QueryKey,
    queryFn: () => (client as Client)(operation, input) as Promise<Reply<O>>,
  });
}

/** The largest page of a list. */
const PAGE = '100';

type ListOperation = {
  [O in OperationId]: Reply<O> extends { readonly items: readonly unknown[]; readonly next: string | null } ? O : never;
}[OperationId];
type Item<O extends ListOperation> = Reply<O> extends { readonly items: readonly (infer I)[] } ? I : never;

/** All pages of a list as one query, for lists that a quota bounds. */
export function apiList<O extends ListOperation>(operation: O, input: Omit<Input<O>, 'query'>) {
  return queryOptions<readonly Item<O>[], GantryError>({
    queryKey: [operation, { ...input, all: true }] as const satisfies QueryKey,
    queryFn: async () => {
      const items: Item<O>[] = [];
      let cursor: string | null | undefined;
      do {
        const query = { limit: PAGE, ...(cursor && { cursor }) };
        const page = (await (client as Client)(operation, { ...input, query } as never)) as never as {
          readonly items: readonly Item<O>[];
          readonly next: string | null;
        };
        items.push(...page.items);
        cursor = page.next;
      } while (cursor !== null);
      return items;
    },
  });
}
