import fc from 'fast-check';

/** Text that trips programs up: surrogates alone, controls, direction marks, joined emoji, letters that change with case. */
const odd = [
  '\ud800',
  '\udfff x',
  '\u0000',
  '\u202eabc',
  '👩‍👩‍👧‍👦',
  'İ',
  'e\u0301'.repeat(50),
  '\ufeff',
  '%00',
  '__proto__',
  '{{7*7}}',
  ' ',
];
export const oddText = fc.oneof(
  fc.constantFrom(...odd),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.constant('x'.repeat(5_000)),
);
export const anything = fc.oneof(
  oddText,
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.constant([]),
  fc.constant({}),
  fc.jsonValue(),
);

type Path = readonly (string | number)[];

/** The path to every value inside another, without the outer one. */
export function pathsOf(value: unknown): Path[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, part]) => [[name], ...pathsOf(part).map((path) => [name, ...path])]);
}

/** A copy of a value with another part at the end of a path. */
export function replaced(value: unknown, [first, ...rest]: Path, part: unknown): unknown {
  if (first === undefined) return part;
  const copy = structuredClone(value) as Record<string | number, unknown>;
  copy[first] = replaced(copy[first], rest, part);
  return copy;
}
