import { AwsError } from '../../kernel/service.ts';
import type { Definition, State } from './definition.ts';
import { compile, isExpression } from './expression.ts';
import { checkIntegration } from './integrations.ts';
import { isObject, type Json } from './json.ts';

const FLOW = ['Next', 'End', 'Output', 'Assign'];
const GUARDED = ['Retry', 'Catch'];

/** The supported fields, by state type. Any other field is refused by name. */
const FIELDS: Readonly<Record<State['Type'], readonly string[]>> = {
  Task: ['Resource', 'Arguments', 'TimeoutSeconds', ...FLOW, ...GUARDED],
  Pass: FLOW,
  Wait: ['Seconds', 'Timestamp', ...FLOW],
  Choice: ['Choices', 'Default', 'Output', 'Assign'],
  Succeed: ['Output'],
  Fail: ['Error', 'Cause'],
  Parallel: ['Branches', 'Arguments', ...FLOW, ...GUARDED],
  Map: ['Items', 'ItemSelector', 'ItemProcessor', 'MaxConcurrency', ...FLOW, ...GUARDED],
};
const ANY_STATE = ['Type', 'Comment', 'QueryLanguage'];
const SCOPE = ['Comment', 'StartAt', 'States'];
const RETRIER = [
  'ErrorEquals',
  'IntervalSeconds',
  'MaxAttempts',
  'BackoffRate',
  'MaxDelaySeconds',
  'JitterStrategy',
  'Comment',
];
const CATCHER = ['ErrorEquals', 'Next', 'Output', 'Assign', 'Comment'];
const RULE = ['Condition', 'Next', 'Output', 'Assign', 'Comment'];

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads a state machine's definition. Throws `InvalidDefinition`, naming the field, for anything that the interpreter does not support: JSONPath,
 * unknown fields, integrations that are not emulated, missing targets.
 */
export function parseDefinition(text: string): Definition {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw invalid('', `is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const machine = object(parsed, '');
  only(machine, [...SCOPE, 'QueryLanguage', 'Version', 'TimeoutSeconds'], '');
  if (machine.Version !== undefined && machine.Version !== '1.0') throw invalid('/Version', 'must be 1.0');
  if (machine.TimeoutSeconds !== undefined) wholeNumber(machine.TimeoutSeconds, '/TimeoutSeconds', 1);
  checkScope(machine, '', machine.QueryLanguage === 'JSONata', new Set());
  return parsed as Definition;
}

function checkScope(scope: Fields, at: string, jsonata: boolean, outerVariables: ReadonlySet<string>): void {
  const states = object(scope.States, `${at}/States`);
  target(scope.StartAt, states, `${at}/StartAt`);
  const variables = new Set(outerVariables);
  for (const state of Object.values(states)) for (const name of assigned(object(state, at))) variables.add(name);
  for (const [name, value] of Object.entries(states)) {
    const here = `${at}/States/${name}`;
    if (name.length > 80) throw invalid(here, 'has a name of more than 80 characters');
    const state = object(value, here);
    for (const variable of assigned(state)) {
      if (outerVariables.has(variable)) throw invalid(`${here}/Assign/${variable}`, 'is a variable of an outer scope');
    }
    checkState(state, here, jsonata, states, variables);
  }
}

function checkState(state: Fields, at: string, jsonata: boolean, states: Fields, variables: ReadonlySet<string>): void {
  const type = state.Type;
  if (typeof type !== 'string' || !(type in FIELDS)) throw invalid(`${at}/Type`, `${String(type)} is not a state type`);
  const language = state.QueryLanguage;
  if (language === undefined ? !jsonata : language !== 'JSONata') {
    throw invalid(at, 'uses JSONPath; set QueryLanguage to JSONata, the only language that is emulated');
  }
  const kind = type as State['Type'];
  only(state, [...ANY_STATE, ...FIELDS[kind]], at);
  if (FIELDS[kind].includes('End')) {
    if ((state.Next === undefined) === (state.End !== true)) throw invalid(at, 'needs either Next or End: true');
    if (state.Next !== undefined) target(state.Next, states, `${at}/Next`);
  }
  checkGuards(state, at, states);
  const nested = ['Branches', 'ItemProcessor', 'Choices', 'Retry', 'Catch'];
  for (const [field, value] of Object.entries(state))
    if (!nested.includes(field)) checkExpressions(value, `${at}/${field}`);
  if (kind === 'Task') checkIntegration(state, (field, message) => invalid(`${at}/${field}`, message));
  if (kind === 'Choice') checkChoices(state, at, states);
  if (kind === 'Wait' && (state.Seconds === undefined) === (state.Timestamp === undefined)) {
    throw invalid(at, 'needs either Seconds or Timestamp');
  }
  if (kind === 'Parallel') {
    for (const [index, branch] of list(state.Branches, `${at}/Branches`).entries()) {
      const here = `${at}/Branches/${index}`;
      only(object(branch, here), SCOPE, here);
      checkScope(object(branch, here), here, jsonata, variables);
    }
  }
  if (kind === 'Map') {
    const processor = object(state.ItemProcessor, `${at}/ItemProcessor`);
    only(processor, [...SCOPE, 'ProcessorConfig'], `${at}/ItemProcessor`);
    const mode = isObject(processor.ProcessorConfig) ? processor.ProcessorConfig.Mode : undefined;
    if (mode !== undefined && mode !== 'INLINE')
      throw invalid(`${at}/ItemProcessor/ProcessorConfig/Mode`, 'must be INLINE');
    checkScope(processor, `${at}/ItemProcessor`, jsonata, variables);
  }
}

function checkGuards(state: Fields, at: string, states: Fields): void {
  for (const [index, value] of list(state.Retry ?? [], `${at}/Retry`).entries()) {
    const here = `${at}/Retry/${index}`;
    const retrier = object(value, here);
    only(retrier, RETRIER, here);
    errorNames(retrier.ErrorEquals, here);
    if (retrier.IntervalSeconds !== undefined) wholeNumber(retrier.IntervalSeconds, `${here}/IntervalSeconds`, 1);
    if (retrier.MaxAttempts !== undefined) wholeNumber(retrier.MaxAttempts, `${here}/MaxAttempts`, 0);
    if (retrier.MaxDelaySeconds !== undefined) wholeNumber(retrier.MaxDelaySeconds, `${here}/MaxDelaySeconds`, 1);
    const rate = retrier.BackoffRate ?? 1;
    if (typeof rate !== 'number' || rate < 1) throw invalid(`${here}/BackoffRate`, 'must be a number of at least 1');
    if (!['FULL', 'NONE', undefined].includes(retrier.JitterStrategy as string | undefined)) {
      throw invalid(`${here}/JitterStrategy`, 'must be FULL or NONE');
    }
  }
  for (const [index, value] of list(state.Catch ?? [], `${at}/Catch`).entries()) {
    const here = `${at}/Catch/${index}`;
    const catcher = object(value, here);
    only(catcher, CATCHER, here);
    errorNames(catcher.ErrorEquals, here);
    target(catcher.Next, states, `${here}/Next`);
    checkExpressions(value, here);
  }
}

function checkChoices(state: Fields, at: string, states: Fields): void {
  if (state.Default !== undefined) target(state.Default, states, `${at}/Default`);
  for (const [index, value] of list(state.Choices, `${at}/Choices`).entries()) {
    const here = `${at}/Choices/${index}`;
    const rule = object(value, here);
    only(rule, RULE, here);
    target(rule.Next, states, `${here}/Next`);
    if (typeof rule.Condition !== 'boolean' && !isExpression(rule.Condition)) {
      throw invalid(`${here}/Condition`, 'must be a boolean or a JSONata expression');
    }
    checkExpressions(value, here);
  }
}

/** Compiles every expression below `value`, so that a syntax error shows at declaration. */
function checkExpressions(value: unknown, at: string): void {
  if (isExpression(value)) {
    try {
      compile(value);
    } catch (error) {
      throw invalid(at, `is not JSONata: ${error instanceof Error ? error.message : JSON.stringify(error)}`);
    }
  } else if (Array.isArray(value) || isObject(value)) {
    for (const [key, part] of Object.entries(value as Readonly<Record<string, Json>>))
      checkExpressions(part, `${at}/${key}`);
  }
}

function assigned(state: Fields): readonly string[] {
  const parts = [state, ...[state.Catch, state.Choices].flatMap((part) => (Array.isArray(part) ? part : []))];
  return parts.flatMap((part) => (isObject(part) && isObject(part.Assign) ? Object.keys(part.Assign) : []));
}

function errorNames(value: unknown, at: string): void {
  const names = list(value, `${at}/ErrorEquals`);
  if (names.length === 0 || !names.every((name) => typeof name === 'string')) {
    throw invalid(`${at}/ErrorEquals`, 'must be a list of error names');
  }
  if (names.includes('States.ALL') && names.length > 1)
    throw invalid(`${at}/ErrorEquals`, 'States.ALL must stand alone');
}

function target(value: unknown, states: Fields, at: string): void {
  if (typeof value !== 'string' || !Object.hasOwn(states, value)) throw invalid(at, `names no state: ${String(value)}`);
}

function only(fields: Fields, known: readonly string[], at: string): void {
  const unknown = Object.keys(fields).find((field) => !known.includes(field));
  if (unknown !== undefined) throw invalid(`${at}/${unknown}`, 'is a field that is not emulated');
}

function object(value: unknown, at: string): Fields {
  if (!isObject(value)) throw invalid(at, 'must be an object');
  return value;
}

function list(value: unknown, at: string): readonly unknown[] {
  if (!Array.isArray(value)) throw invalid(at, 'must be a list');
  return value;
}

function wholeNumber(value: unknown, at: string, least: number): void {
  if (!Number.isInteger(value) || (value as number) < least)
    throw invalid(at, `must be a whole number of at least ${least}`);
}

function invalid(at: string, message: string): AwsError {
  return new AwsError(
    'InvalidDefinition',
    `Invalid State Machine Definition: ${at === '' ? 'the document' : at} ${message}`,
  );
}
