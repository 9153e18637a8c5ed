import { AwsError } from '../../kernel/service.ts';
import type { Json } from './engine.ts';
import type { TableKeys } from './tables.ts';

type Item = Readonly<Record<string, Json>>;

/**
 * Refuses a query that continues from a key with which no page can have ended: other attributes than the keys, another partition, or outside of the
 * sort key's bounds. The engine would answer all the same.
 */
export function checkStartKey(input: Json, { keys, indexes, types }: TableKeys): void {
  if (input.ExclusiveStartKey === undefined) return;
  const start = input.ExclusiveStartKey as Item;
  const needed = new Set([...keys, ...(indexes.get(String(input.IndexName)) ?? [])]);
  const isKey = (name: string) => Object.keys(start[name] ?? {}).join() === types.get(name);
  if (Object.keys(start).length !== needed.size || ![...needed].every(isKey)) {
    throw new AwsError('ValidationException', 'The provided starting key is invalid');
  }
  if (!conditionsOf(input).every(({ name, holds }) => start[name] === undefined || holds(start[name]))) {
    throw new AwsError(
      'ValidationException',
      'The provided starting key is outside query boundaries based on provided conditions',
    );
  }
}

interface Condition {
  readonly name: string;
  holds(value: Json): boolean;
}

const CONDITION =
  /begins_with\s*\(\s*([#\w.-]+)\s*,\s*(:\w+)\s*\)|([#\w.-]+)\s+between\s+(:\w+)\s+and\s+(:\w+)|([#\w.-]+)\s*(<=|>=|=|<|>)\s*(:\w+)/gi;

/** The conditions of a key condition expression. Source: Query's KeyConditionExpression in the API reference. */
function conditionsOf(input: Json): Condition[] {
  const names = (input.ExpressionAttributeNames ?? {}) as Readonly<Record<string, string>>;
  const values = (input.ExpressionAttributeValues ?? {}) as Item;
  const named = (name: string) => names[name] ?? name;
  const valued = (name: string): Json => values[name] ?? {};
  return [...String(input.KeyConditionExpression ?? '').matchAll(CONDITION)].map((match): Condition => {
    const [, prefixed, prefix = '', ranged, low = '', high = '', compared = '', operator = '', other = ''] = match;
    if (prefixed !== undefined) {
      const bytes = bytesOf(valued(prefix));
      return { name: named(prefixed), holds: (value) => bytesOf(value).subarray(0, bytes.length).equals(bytes) };
    }
    if (ranged !== undefined) {
      const [from, to] = [valued(low), valued(high)];
      return { name: named(ranged), holds: (value) => order(value, from) >= 0 && order(value, to) <= 0 };
    }
    const against = valued(other);
    return { name: named(compared), holds: (value) => COMPARE[operator]?.(order(value, against)) ?? true };
  });
}

const COMPARE: Readonly<Record<string, (order: number) => boolean>> = {
  '=': (order) => order === 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

function order(a: Json, b: Json): number {
  return a.N === undefined || b.N === undefined ? Buffer.compare(bytesOf(a), bytesOf(b)) : Number(a.N) - Number(b.N);
}

function bytesOf({ S, B, N }: Json): Buffer {
  return B === undefined ? Buffer.from(String(S ?? N ?? '')) : Buffer.from(String(B), 'base64');
}
