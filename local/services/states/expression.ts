import { createHash, randomUUID } from 'node:crypto';
import jsonata from 'jsonata';
import { StateError } from './errors.ts';
import { isObject, type Json, type JsonObject } from './json.ts';

/** The names in an expression: `$states` and the variables in scope. */
export interface Bindings {
  readonly states: JsonObject;
  readonly variables: JsonObject;
}

/** The time limit and the depth limit of an expression: an endless loop fails its state, not the machine. */
const LIMITS = { timeout: 5_000, stack: 500, sequence: 1_000_000 };

/** Definitions repeat their expressions at every run, so each text is compiled once. */
const compiled = new Map<string, jsonata.Expression>();

export function isExpression(value: unknown): value is string {
  return typeof value === 'string' && value.startsWith('{%') && value.endsWith('%}') && value.length >= 4;
}

/** The compiled text between `{%` and `%}`. Throws JSONata's error for a malformed expression. */
export function compile(text: string): jsonata.Expression {
  let expression = compiled.get(text);
  if (expression === undefined) {
    expression = jsonata(text.slice(2, -2), LIMITS);
    if (compiled.size >= 10_000) compiled.clear();
    compiled.set(text, expression);
  }
  return expression;
}

/**
 * Evaluates every `{% … %}` string inside `template`. An expression that fails or has no value throws a `States.QueryEvaluationError` that names
 * `field`.
 */
export async function evaluate(template: Json, bindings: Bindings, field: string): Promise<Json> {
  if (isExpression(template)) return evaluateText(template, bindings, field);
  if (Array.isArray(template)) {
    return Promise.all(template.map((part: Json, index) => evaluate(part, bindings, `${field}[${index}]`)));
  }
  if (isObject(template)) {
    const parts = Object.entries(template as JsonObject).map(
      async ([key, part]) => [key, await evaluate(part, bindings, `${field}/${key}`)] as const,
    );
    return Object.fromEntries(await Promise.all(parts));
  }
  return template;
}

async function evaluateText(text: string, bindings: Bindings, field: string): Promise<Json> {
  try {
    const value: unknown = await compile(text).evaluate(undefined, {
      ...FUNCTIONS,
      ...bindings.variables,
      states: bindings.states,
    });
    const json = JSON.stringify(value);
    if (json === undefined) throw new Error('it returned nothing (undefined)');
    return JSON.parse(json) as Json;
  } catch (error) {
    throw new StateError(
      'States.QueryEvaluationError',
      `The JSONata expression '${text.slice(2, -2).trim()}' specified for the field '${field}' failed: ${(error as Error).message}`,
    );
  }
}

/** The functions that Step Functions adds to JSONata, and `$eval`, which it removes. */
const FUNCTIONS = {
  uuid: () => randomUUID(),
  parse: (text: string) => JSON.parse(text) as Json,
  hash: (data: unknown, algorithm = 'SHA-256') =>
    createHash(algorithm.replace('SHA-', 'sha'))
      .update(typeof data === 'string' ? data : JSON.stringify(data))
      .digest('hex'),
  partition: (items: readonly Json[], size: number) =>
    Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size)),
  range: (first: number, last: number, step: number) => {
    const length = Math.floor((last - first) / step) + 1;
    if (!(length >= 0 && length <= 1_000)) throw new Error('$range gives up to 1,000 numbers');
    return Array.from({ length }, (_, index) => first + index * step);
  },
  eval: () => {
    throw new Error('$eval is not supported; use $parse');
  },
};
