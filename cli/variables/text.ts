import type { StagedChange } from '@gantry/contract/schemas/variables.ts';
import { printable } from '../printable.ts';

interface Value {
  readonly value: string | null;
}

/** A value on one line; a mark for a sealed one. */
export function valueText({ value }: Value): string {
  if (value === null) return '(sealed)';
  return printable(value.replaceAll('\r', '\\r').replaceAll('\n', '\\n'));
}

/** A staged change on one line: `+` for an added variable, `-` for a removed one, `~` for a changed one. */
function changeText({ name, before, after, valueChanged }: StagedChange): string {
  if (after === null) return `- ${name}`;
  if (before === null) {
    const more = [...(after.scope === 'run' ? [] : [`scope ${after.scope}`])];
    return [`+ ${name}=${valueText(after)}`, ...more].join(', ');
  }
  const parts = [
    ...(valueChanged ? [`${valueText(before)} → ${valueText(after)}`] : []),
    ...(before.sealed === after.sealed ? [] : [after.sealed ? 'sealed' : 'no longer sealed']),
    ...(before.scope === after.scope ? [] : [`scope ${before.scope} → ${after.scope}`]),
  ];
  return `~ ${name}: ${parts.join(', ') || 'as it is'}`;
}

export function diffText(changes: readonly StagedChange[]): string {
  return changes.map(changeText).join('\n');
}
