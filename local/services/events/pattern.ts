import { type Leaf, leafTest } from './filter.ts';

/** True if an event matches. */
export type Matcher = (event: Readonly<Record<string, unknown>>) => boolean;

type Test = (value: unknown) => boolean;

/**
 * Compiles an EventBridge pattern. Every field of the pattern must match; a field's list matches if one of its values or filters does. An array in
 * the event matches by any element, and a nested pattern must match one whole element. Throws an Error that names the field of an invalid pattern.
 * Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
export function compilePattern(pattern: unknown): Matcher {
  return compileObject(pattern, 'pattern');
}

function compileObject(pattern: unknown, path: string): Test {
  if (!isObject(pattern)) throw invalid(path, 'must be an object');
  const fields = Object.entries(pattern);
  if (fields.length === 0) throw invalid(path, 'must not be empty');
  const tests = fields.map(([name, expected]): ((event: Readonly<Record<string, unknown>>) => boolean) => {
    const at = `${path}.${name}`;
    if (name === '$or') return compileOr(expected, at);
    const test = Array.isArray(expected) ? compileLeaf(expected, at) : compileNested(expected, at);
    return (event) => test(Object.hasOwn(event, name) ? event[name] : undefined);
  });
  return (event) => isObject(event) && tests.every((test) => test(event));
}

function compileOr(alternatives: unknown, path: string): Test {
  if (!Array.isArray(alternatives) || alternatives.length < 2)
    throw invalid(path, 'must be a list of two or more patterns');
  const tests = alternatives.map((each, index) => compileObject(each, `${path}[${index}]`));
  return (event) => tests.some((test) => test(event));
}

/** A field that must be absent may lack its whole object: an absent object counts as empty. */
function compileNested(expected: unknown, path: string): Test {
  const test = compileObject(expected, path);
  return (value) =>
    (Array.isArray(value) && value.length > 0 ? value.flat(Number.POSITIVE_INFINITY) : [value]).some((each) =>
      test(isObject(each) ? each : {}),
    );
}

function compileLeaf(expected: readonly unknown[], path: string): Test {
  if (expected.length === 0) throw invalid(path, 'must not be an empty list');
  const tests = expected.map((each) => leafTest(each, (why) => invalid(path, why)));
  return (value) => {
    const leaves = leavesOf(value);
    return tests.some((test) => test(leaves));
  };
}

/** The plain values at a field: objects do not count, and an array counts by its elements. */
function leavesOf(value: unknown): readonly Leaf[] {
  const values = Array.isArray(value) ? value.flat(Number.POSITIVE_INFINITY) : [value];
  return values.filter((each): each is Leaf => each !== undefined && !isObject(each));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(path: string, why: string): Error {
  return new Error(`Event pattern is not valid: ${path} ${why}`);
}
