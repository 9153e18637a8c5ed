import { columns } from './output.ts';

interface Decision {
  readonly part: string;
  readonly value: string;
  readonly source: string;
  readonly insteadOf?: string | null | undefined;
}

/** The decisions of a plan, and the file and rule of each. */
export function planTable(decisions: readonly Decision[]): string {
  const rows = decisions.flatMap(({ part, value, source, insteadOf }) => [
    [part, value, source],
    ...(insteadOf == null ? [] : [['', `(in place of ${insteadOf})`, '']]),
  ]);
  return columns(rows, ['PART', 'VALUE', 'FROM']);
}
