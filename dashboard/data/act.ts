import type { Client } from '@gantry/client/client.ts';
import type { GantryError } from '@gantry/contract/errors.ts';
import type { OperationId } from '@gantry/contract/routes.ts';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { toast } from '../components/toast.tsx';
import type { Input, Reply } from './api.ts';
import { client } from './client.ts';

interface Act<O extends OperationId> {
  /** The message after success; default none. */
  readonly done?: string | ((reply: Reply<O>) => string);
  /** The operations to read again. The live connection brings the rest. */
  readonly refetches?: readonly OperationId[];
  readonly onDone?: (reply: Reply<O>) => void;
  /** True for forms that show the error next to their fields: no message shows. */
  readonly quiet?: boolean;
}

/** A change of the contract as a mutation. It tells the user how it ended, and reads the affected data again. */
export function useAct<O extends OperationId>(operation: O, { done, refetches = [], onDone, quiet }: Act<O> = {}) {
  const queries = useQueryClient();
  return useMutation<Reply<O>, GantryError, Input<O>>({
    mutationFn: (input) => (client as Client)(operation, input) as Promise<Reply<O>>,
    onSuccess: async (reply) => {
      await Promise.all(refetches.map((each) => queries.invalidateQueries({ queryKey: [each] })));
      if (done !== undefined) toast.done(typeof done === 'string' ? done : done(reply));
      onDone?.(reply);
    },
    onError: (error) => {
      if (quiet !== true) toast.error(error);
    },
  });
}
