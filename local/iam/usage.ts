import type { Iam } from '../kernel/iam.ts';
import { AwsError } from '../kernel/service.ts';
import type { Statement } from './statement.ts';

/** The calls that statements allowed, and the suspended statements. */
export interface Usage extends Pick<Iam, 'usage' | 'missed' | 'suspend'> {
  /** Counts the calls that these statements allow from now on. */
  remember(statements: readonly Statement[]): readonly Statement[];
  /**
   * True if one of `ways` is open: each of its gates has an active statement that allows the call, which is recorded. Otherwise suspended statements
   * that alone close a way are recorded as missed.
   */
  isOpen(...ways: readonly (readonly (readonly Statement[])[])[]): boolean;
}

export function createUsage(): Usage {
  const allowed = new Map<string, number>();
  const missed = new Map<string, number>();
  const suspended = new Set<string>();
  const inForce = (statements: readonly Statement[]) => statements.find(({ id }) => !suspended.has(id));
  return {
    remember(statements) {
      for (const { id, effect } of statements) if (effect === 'Allow') allowed.set(id, allowed.get(id) ?? 0);
      return statements;
    },
    isOpen(...ways) {
      const open = ways.map((gates) => gates.map(inForce)).find((firsts) => firsts.every((each) => each !== undefined));
      for (const { id } of open ?? []) count(allowed, id);
      if (open !== undefined) return true;
      const closed = ways.filter((gates) => gates.every((gate) => gate.length > 0)).flat();
      for (const { id } of closed.filter((gate) => inForce(gate) === undefined).flat()) count(missed, id);
      return false;
    },
    usage: () => new Map([...allowed].sort(([a], [b]) => a.localeCompare(b))),
    missed: () => new Map(missed),
    suspend(statementId, off) {
      if (!allowed.has(statementId)) throw new AwsError('NoSuchEntity', `No Allow statement ${statementId}.`, 404);
      if (off) suspended.add(statementId);
      else suspended.delete(statementId);
    },
  };
}

function count(counts: Map<string, number>, id: string): void {
  counts.set(id, (counts.get(id) ?? 0) + 1);
}
