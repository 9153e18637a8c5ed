import { matchesArn, matchesPattern } from './pattern.ts';

export type Context = Readonly<Record<string, string | readonly string[]>>;

/** True if every operator and every key of a statement's condition holds for `context` (keys in lower case). */
export type Condition = (context: Context) => boolean;

type Compare = (actual: string, expected: string) => boolean;

const equals: Compare = (actual, expected) => actual === expected;
const equalsIgnoreCase: Compare = (actual, expected) => actual.toLowerCase() === expected.toLowerCase();
const like: Compare = (actual, expected) => matchesPattern(expected, actual);
const arn: Compare = (actual, expected) => matchesArn(expected, actual);
const numeric =
  (holds: (actual: number, expected: number) => boolean): Compare =>
  (actual, expected) =>
    holds(Number(actual), Number(expected));
const instant =
  (holds: (actual: number, expected: number) => boolean): Compare =>
  (actual, expected) =>
    holds(Date.parse(actual), Date.parse(expected));

/** A negated operator holds if none of the values matches, and if the key is absent. */
const OPERATORS: Readonly<Record<string, { readonly compare: Compare; readonly negated?: true }>> = {
  StringEquals: { compare: equals },
  StringNotEquals: { compare: equals, negated: true },
  StringEqualsIgnoreCase: { compare: equalsIgnoreCase },
  StringNotEqualsIgnoreCase: { compare: equalsIgnoreCase, negated: true },
  StringLike: { compare: like },
  StringNotLike: { compare: like, negated: true },
  ArnEquals: { compare: arn },
  ArnLike: { compare: arn },
  ArnNotEquals: { compare: arn, negated: true },
  ArnNotLike: { compare: arn, negated: true },
  Bool: { compare: equalsIgnoreCase },
  NumericEquals: { compare: numeric((a, b) => a === b) },
  NumericNotEquals: { compare: numeric((a, b) => a === b), negated: true },
  NumericLessThan: { compare: numeric((a, b) => a < b) },
  NumericLessThanEquals: { compare: numeric((a, b) => a <= b) },
  NumericGreaterThan: { compare: numeric((a, b) => a > b) },
  NumericGreaterThanEquals: { compare: numeric((a, b) => a >= b) },
  DateLessThan: { compare: instant((a, b) => a < b) },
  DateGreaterThan: { compare: instant((a, b) => a > b) },
};

const KEY = /^[a-z0-9-]+:[A-Za-z0-9][A-Za-z0-9._/:=@+-]*$/i;

/**
 * Compiles a statement's `Condition`. Throws for an unknown operator or form of a key, because a skipped condition would allow calls that AWS denies.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
export function compileCondition(
  condition: Readonly<Record<string, Readonly<Record<string, unknown>>>> | undefined,
  at: string,
): Condition {
  const parts = Object.entries(condition ?? {}).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) =>
      compileKey(operator, key, strings(values, `${at}: ${operator}.${key}`), at),
    ),
  );
  return (context) => parts.every((part) => part(context));
}

function compileKey(name: string, key: string, expected: readonly string[], at: string): Condition {
  if (!KEY.test(key)) throw new Error(`local cloud: condition key ${key} of ${at} is not emulated`);
  const lower = key.toLowerCase();
  if (name === 'Null') {
    const absent = expected.includes('true');
    return (context) => (context[lower] === undefined) === absent;
  }
  const [, set, base = '', ifExists] = /^(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?$/.exec(name) ?? [];
  const operator = Object.hasOwn(OPERATORS, base) ? OPERATORS[base] : undefined;
  if (operator === undefined) throw new Error(`local cloud: condition operator ${name} of ${at} is not emulated`);
  const { compare, negated = false } = operator;
  const holds = (actual: string) => expected.some((value) => compare(actual, value)) !== negated;
  return (context) => {
    const actual = context[lower];
    if (actual === undefined) return set === undefined ? negated || ifExists !== undefined : set === 'ForAllValues';
    const values = typeof actual === 'string' ? [actual] : actual;
    return set === 'ForAllValues' || (set === undefined && negated) ? values.every(holds) : values.some(holds);
  };
}

/** A string or a list of strings; CloudFormation also writes booleans and numbers. */
export function strings(value: unknown, at: string): readonly string[] {
  const values = Array.isArray(value) ? value : [value];
  return values.map((each: unknown) => {
    if (typeof each === 'string') return each;
    if (typeof each === 'boolean' || typeof each === 'number') return String(each);
    throw new Error(`${at}: expected a string or a list of strings`);
  });
}
