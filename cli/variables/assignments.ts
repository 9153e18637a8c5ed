import { GantryError } from '@gantry/contract/errors.ts';
import { variableLimits } from '@gantry/contract/quotas.ts';
import type { Surroundings } from '../declare.ts';
import { readText } from '../input.ts';

/** A variable in a command line. */
export interface Assignment {
  readonly name: string;
  /** Undefined when only the name was given. */
  readonly value: string | undefined;
  readonly how: 'typed' | 'read' | 'named';
}

/** What happens to the last line end of a value from stdin. */
export const newlines = ['keep', 'trim'] as const;
type Newline = (typeof newlines)[number];

/** Parses `NAME=value`, `NAME=-` and `NAME`. Throws Invalid for two values from stdin, and for a repeated name. */
export async function readAssignments(
  context: Surroundings,
  words: readonly string[],
  newline: Newline | undefined,
): Promise<Assignment[]> {
  const split = words.map((word) => {
    const at = word.indexOf('=');
    return at < 0 ? { name: word, value: undefined } : { name: word.slice(0, at), value: word.slice(at + 1) };
  });
  const twice = split.find(({ name }, at) => split.findIndex((other) => other.name === name) < at);
  if (twice !== undefined) throw new GantryError('Invalid', `${twice.name} is there twice.`);
  if (split.filter(({ value }) => value === '-').length > 1)
    throw new GantryError('Invalid', 'One value can come from stdin. For more, use `gantry variables import`.');
  const assignments: Assignment[] = [];
  for (const { name, value } of split) {
    if (value === '-') assignments.push({ name, value: await readValue(context, name, newline), how: 'read' });
    else assignments.push({ name, value, how: value === undefined ? 'named' : 'typed' });
  }
  return assignments;
}

/**
 * Reads a value from stdin. The last line end belongs to the terminal or `echo`, unless the text has several lines: a key is invalid without it. At a
 * terminal the value is prompted for and hidden.
 */
async function readValue({ prompts }: Surroundings, name: string, newline: Newline | undefined): Promise<string> {
  if (prompts.possible) return prompts.secret(`Value of ${name}`, `${name}=- with the value on stdin`);
  const advice = 'Put it into a file or a bucket.';
  const text = await readText(process.stdin, variableLimits.bytesOfValue + 2, `The value of ${name}`, advice);
  const trimmed = text.replace(/\r?\n$/, '');
  const keeps = newline === undefined ? trimmed.includes('\n') : newline === 'keep';
  return keeps ? text : trimmed;
}
