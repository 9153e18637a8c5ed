import { GantryError } from '@gantry/contract/errors.ts';
import { variableLimits } from '@gantry/contract/schemas/variables.ts';
import type { Surroundings } from '../declare.ts';
import { readText } from '../input.ts';

/** A variable of a command line. */
export interface Assignment {
  readonly name: string;
  /** Undefined where only the name was given. */
  readonly value: string | undefined;
  readonly how: 'typed' | 'read' | 'named';
}

/** What `NAME=value`, `NAME=-` and `NAME` say. Throws Invalid where two values are to come from stdin, or a name is given twice. */
export async function readAssignments(context: Surroundings, words: readonly string[]): Promise<Assignment[]> {
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
    if (value === '-') assignments.push({ name, value: await readValue(context, name), how: 'read' });
    else assignments.push({ name, value, how: value === undefined ? 'named' : 'typed' });
  }
  return assignments;
}

/** From stdin, without the line end at its end; asked for, and not shown, at a terminal. */
async function readValue({ prompts }: Surroundings, name: string): Promise<string> {
  if (prompts.possible) return prompts.secret(`Value of ${name}`, `${name}=- with the value on stdin`);
  const text = await readText(process.stdin, variableLimits.bytesOfValue + 2, `The value of ${name}`);
  return text.replace(/\r?\n$/, '');
}
