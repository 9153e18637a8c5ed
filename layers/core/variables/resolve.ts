import { GantryError } from '@gantry/contract/errors.ts';
import { variableLimits } from '@gantry/contract/quotas.ts';
import { nameOf, type Reference, SHARED } from '@gantry/contract/references.ts';

/** Text and references, as `parseValue` answers them. */
export interface Definition {
  readonly parts: readonly (string | Reference)[];
  readonly sealed: boolean;
}

export interface Resolved {
  readonly value: string;
  /** Whether it is sealed itself, or contains a sealed value. */
  readonly sealed: boolean;
  /** The sealed values in it, its own included. */
  readonly secrets: ReadonlySet<string>;
}

/** The variable of an owner (a service's slug, or `shared`); undefined without one. */
export type Find = (owner: string, name: string) => Definition | undefined;

/** How many references may follow each other. */
const MAX_DEPTH = 32;
const NONE: ReadonlySet<string> = new Set();

/**
 * Resolves variables, each once. Throws Conflict when references lead in a circle, to nothing or through more than 32 variables, or when a value
 * becomes too large; the message names the whole path and no values.
 */
export function createResolver(find: Find): (owner: string, name: string) => Resolved {
  const known = new Map<string, Resolved>();

  function resolve(owner: string, name: string, before: readonly string[]): Resolved {
    const key = nameOf({ owner, name });
    const resolved = known.get(key);
    if (resolved !== undefined) return resolved;
    const path = [...before, key];
    if (before.includes(key)) throw refused(path, 'they refer to each other in a circle');
    if (path.length > MAX_DEPTH) throw refused(path, `more than ${MAX_DEPTH} variables refer to each other`);
    const definition = find(owner, name);
    if (definition === undefined) throw refused(path, `there is no ${whose(owner)} ${name}`);
    const parts = definition.parts.map((part) =>
      typeof part === 'string'
        ? { value: part, sealed: false, secrets: NONE }
        : resolve(part.owner ?? owner, part.name, path),
    );
    const value = parts.map((part) => part.value).join('');
    const most = variableLimits.bytesOfValue;
    if (Buffer.byteLength(value) > most) throw refused(path, `the value becomes larger than ${most} bytes`);
    const sealed = definition.sealed || parts.some((part) => part.sealed);
    const secrets = sealed ? new Set([value, ...parts.flatMap((part) => [...part.secrets])]) : NONE;
    const result = { value, sealed, secrets };
    known.set(key, result);
    return result;
  }

  return (owner, name) => resolve(owner, name, []);
}

/** Every existing variable that one leads to, itself included. */
export function reachable(find: Find, owner: string, name: string, seen = new Map<string, Reference>()) {
  const waiting = [{ owner, name }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const key = nameOf(next);
    if (seen.has(key)) continue;
    seen.set(key, next);
    for (const part of find(next.owner, next.name)?.parts ?? [])
      if (typeof part !== 'string') waiting.push({ owner: part.owner ?? next.owner, name: part.name });
  }
  return seen;
}

function whose(owner: string): string {
  return owner === SHARED ? 'shared variable' : `variable of a service ${owner} with the name`;
}

function refused(path: readonly string[], why: string): GantryError {
  return new GantryError('Conflict', `${path.join(' → ')}: ${why}.`);
}
