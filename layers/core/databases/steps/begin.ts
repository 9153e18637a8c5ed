import { lookUp, optional } from '../../kernel/lookup.ts';
import { databaseAt } from '../../records/databases.ts';
import type { Target } from './input.ts';

/** Says what is to be done: `create`, `remove`, or nothing where it was done before. */
export async function begin(target: Target): Promise<{ next: 'create' | 'remove' | 'nothing' }> {
  const [database] = await lookUp(optional(databaseAt(target)));
  if (database?.status === 'creating') return { next: 'create' };
  return { next: database?.status === 'deleting' ? 'remove' : 'nothing' };
}
