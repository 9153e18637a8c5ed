import { GantryError } from './errors.ts';

/** A reference in a variable's value. Without an owner it refers to a variable of the same set. */
export interface Reference {
  /** A service's slug, or `shared`. */
  readonly owner?: string;
  readonly name: string;
}

/** The owner of shared variables, of an environment or a project. */
export const SHARED = 'shared';

const OPEN = '$' + '{{';

const MARK = /\$\$\{\{|\$\{\{(?:\s*(?:([a-z][a-z0-9-]*)\.)?([A-Za-z_][A-Za-z0-9_]*)\s*\}\})?/g;

/**
 * Splits a value into text and references, in order: `${{NAME}}`, `${{api.NAME}}`, `${{shared.NAME}}`; `$${{` is the text `${{`. Throws Invalid when
 * `${{` begins no reference; the message shows nothing of the value.
 */
export function parseValue(value: string): (string | Reference)[] {
  const parts: (string | Reference)[] = [];
  let end = 0;
  for (const match of value.matchAll(MARK)) {
    const [mark, owner, name] = match;
    if (match.index > end) parts.push(value.slice(end, match.index));
    end = match.index + mark.length;
    if (mark.startsWith('$$')) parts.push(OPEN);
    else if (name === undefined) throw new GantryError('Invalid', `At character ${match.index + 1} ${BROKEN}.`);
    else parts.push(owner === undefined ? { name } : { owner, name });
  }
  if (end < value.length) parts.push(value.slice(end));
  return parts;
}

const BROKEN = `${OPEN} begins no reference such as ${OPEN}NAME}} or ${OPEN}api.NAME}}; write $${OPEN} for the text itself`;

/** The references of a value, each once. Throws as `parseValue` does. */
export function referencesOf(value: string): Reference[] {
  const found = parseValue(value).filter((part) => typeof part !== 'string');
  return [...new Map(found.map((reference) => [nameOf(reference), reference])).values()];
}

/** The text of a reference: `api.NAME`, or `NAME`. */
export function nameOf({ owner, name }: Reference): string {
  return owner === undefined ? name : `${owner}.${name}`;
}

/** Text escaped to be a value without references. */
export function escapeValue(text: string): string {
  return text.replaceAll(OPEN, () => `$${OPEN}`);
}
