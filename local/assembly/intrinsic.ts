import { createHash } from 'node:crypto';
import { ACCOUNT, REGION } from '../kernel/kernel.ts';

/** Look-ups for intrinsics. Each throws, with the name, when it finds nothing. */
export interface Scope {
  readonly stack: string;
  /** Of the stack, which CloudFront has in another one. */
  readonly region: string;
  ref(logicalId: string): unknown;
  attribute(logicalId: string, name: string): unknown;
  imported(exportName: string): unknown;
  condition(name: string): boolean;
  mapping(map: string, first: string, second: string): unknown;
}

const NO_VALUE = Symbol('AWS::NoValue');

const FUNCTIONS = new Set([
  'Ref',
  'Fn::GetAtt',
  'Fn::Join',
  'Fn::Sub',
  'Fn::Select',
  'Fn::Split',
  'Fn::If',
  'Fn::Equals',
  'Fn::And',
  'Fn::Or',
  'Fn::Not',
  'Fn::ImportValue',
  'Fn::Base64',
  'Fn::FindInMap',
  'Fn::GetAZs',
]);

/** The intrinsic in an object; undefined for plain data. */
export function intrinsicOf(value: unknown): { readonly name: string; readonly argument: unknown } | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const entries = Object.entries(value);
  const [first] = entries;
  if (entries.length !== 1 || first === undefined) return undefined;
  const [name, argument] = first;
  return name === 'Ref' || name.startsWith('Fn::') ? { name, argument } : undefined;
}

/** Resolves every intrinsic in a value, and drops members that resolve to `AWS::NoValue`. */
export function resolve(value: unknown, scope: Scope): unknown {
  const resolved = resolveAny(value, scope);
  return resolved === NO_VALUE ? undefined : resolved;
}

/** Resolves only `Fn::If`, so that the template's real requests can be checked before anything is declared. */
export function settle(value: unknown, condition: (name: string) => boolean): unknown {
  const settled = map(value, (each) => {
    const call = intrinsicOf(each);
    if (call?.name === 'Ref' && call.argument === 'AWS::NoValue') return { done: NO_VALUE };
    if (call?.name !== 'Fn::If') return undefined;
    const [name, yes, no] = list(call.argument, 'Fn::If', 3);
    return { again: condition(text(name, 'Fn::If')) ? yes : no };
  });
  return settled === NO_VALUE ? undefined : settled;
}

/** Logical ids that a settled value refers to; exports that it imports. Intrinsics not emulated, dynamic references too. */
export function references(value: unknown): {
  readonly ids: ReadonlySet<string>;
  readonly imports: readonly unknown[];
  readonly refused: ReadonlySet<string>;
} {
  const ids = new Set<string>();
  const imports: unknown[] = [];
  const refused = new Set<string>();
  const walk = (each: unknown): void => {
    const call = intrinsicOf(each);
    if (typeof each === 'string') {
      const [dynamic] = /\{\{resolve:[^}]*\}\}/.exec(each) ?? [];
      if (dynamic !== undefined) refused.add(`dynamic reference ${dynamic}`);
    } else if (call !== undefined && !FUNCTIONS.has(call.name)) refused.add(call.name);
    else if (call?.name === 'Ref') ids.add(text(call.argument, 'Ref'));
    else if (call?.name === 'Fn::GetAtt') ids.add(attributePath(call.argument)[0]);
    else if (call?.name === 'Fn::Sub') for (const id of subReferences(call.argument)) ids.add(id);
    else if (call?.name === 'Fn::ImportValue') imports.push(call.argument);
    if (typeof each === 'object' && each !== null) for (const part of Object.values(each)) walk(part);
  };
  walk(value);
  return { ids, imports, refused };
}

function resolveAny(value: unknown, scope: Scope): unknown {
  return map(value, (each) => {
    const call = intrinsicOf(each);
    if (call === undefined) return undefined;
    return { done: evaluate(call.name, call.argument, scope) };
  });
}

function evaluate(name: string, argument: unknown, scope: Scope): unknown {
  const argumentOf = (part: unknown) => resolveAny(part, scope);
  const textOf = (part: unknown) => text(argumentOf(part), name);
  switch (name) {
    case 'Ref':
      return pseudo(text(argument, name), scope) ?? scope.ref(text(argument, name));
    case 'Fn::GetAtt': {
      const [id, attribute] = attributePath(argument);
      return scope.attribute(id, attribute);
    }
    case 'Fn::Join': {
      const [separator, parts] = list(argument, name, 2);
      return list(argumentOf(parts), name)
        .map((part) => text(part, name))
        .join(text(separator, name));
    }
    case 'Fn::Sub':
      return substitute(argument, scope);
    case 'Fn::Select': {
      const [index, parts] = list(argument, name, 2);
      const values = list(argumentOf(parts), name);
      const at = Number(textOf(index));
      if (!(at in values)) throw new Error(`Fn::Select: there is no element ${at} of ${values.length}`);
      return values[at];
    }
    case 'Fn::Split': {
      const [separator, source] = list(argument, name, 2);
      return textOf(source).split(text(separator, name));
    }
    case 'Fn::If': {
      const [condition, yes, no] = list(argument, name, 3);
      return argumentOf(scope.condition(text(condition, name)) ? yes : no);
    }
    case 'Fn::ImportValue':
      return scope.imported(textOf(argument));
    case 'Fn::Base64':
      return Buffer.from(textOf(argument)).toString('base64');
    case 'Fn::FindInMap': {
      const [map_, first, second] = list(argument, name, 3).map(textOf);
      return scope.mapping(map_ ?? '', first ?? '', second ?? '');
    }
    case 'Fn::GetAZs':
      return ['a', 'b', 'c'].map((zone) => `${REGION}${zone}`);
    default:
      return testCondition({ [name]: argument }, scope);
  }
}

/** The value of a condition: `Fn::Equals`, `Fn::And`, `Fn::Or`, `Fn::Not` and `{ Condition: name }`. */
export function testCondition(value: unknown, scope: Scope): boolean {
  const [[name, argument] = ['', undefined]] = Object.entries(value ?? {}) as [string, unknown][];
  const parts = () => list(argument, name).map((part) => testCondition(part, scope));
  switch (name) {
    case 'Condition':
      return scope.condition(text(argument, name));
    case 'Fn::Equals': {
      const [left, right] = list(argument, name, 2).map((part) => JSON.stringify(resolveAny(part, scope)));
      return left === right;
    }
    case 'Fn::And':
      return parts().every(Boolean);
    case 'Fn::Or':
      return parts().some(Boolean);
    case 'Fn::Not':
      return !parts()[0];
    default:
      throw new Error(`local cloud: ${name} is not emulated`);
  }
}

function substitute(argument: unknown, scope: Scope): string {
  const [template, given] = Array.isArray(argument) ? (argument as readonly unknown[]) : [argument, {}];
  const values = (given ?? {}) as Readonly<Record<string, unknown>>;
  return text(template, 'Fn::Sub').replace(/\$\{(!?)([^}]+)\}/g, (_whole, literal: string, raw: string) => {
    if (literal !== '') return `\${${raw}}`;
    const name = raw.trim();
    if (Object.hasOwn(values, name)) return text(resolveAny(values[name], scope), 'Fn::Sub');
    const dot = name.indexOf('.');
    if (dot > 0) return text(scope.attribute(name.slice(0, dot), name.slice(dot + 1)), 'Fn::Sub');
    return text(pseudo(name, scope) ?? scope.ref(name), 'Fn::Sub');
  });
}

function subReferences(argument: unknown): readonly string[] {
  const [template, given] = Array.isArray(argument) ? (argument as readonly unknown[]) : [argument, {}];
  return [...text(template, 'Fn::Sub').matchAll(/\$\{([^!}][^}]*)\}/g)]
    .map(([, name = '']) => name.trim())
    .filter((name) => !Object.hasOwn((given ?? {}) as object, name))
    .map((name) => name.split('.')[0] ?? name);
}

/** CloudFormation's pseudo parameters; undefined for any other name. */
function pseudo(name: string, { stack, region }: Pick<Scope, 'stack' | 'region'>): unknown {
  switch (name) {
    case 'AWS::AccountId':
      return ACCOUNT;
    case 'AWS::Region':
      return region;
    case 'AWS::Partition':
      return 'aws';
    case 'AWS::URLSuffix':
      return 'amazonaws.com';
    case 'AWS::StackName':
      return stack;
    case 'AWS::StackId':
      return stackId(stack, region);
    case 'AWS::NotificationARNs':
      return [];
    case 'AWS::NoValue':
      return NO_VALUE;
    default:
      return undefined;
  }
}

/** A stack's ARN, the same at every start. */
export function stackId(stack: string, region: string): string {
  const hash = createHash('sha256').update(stack).digest('hex');
  const uuid = [hash.slice(0, 8), hash.slice(8, 12), hash.slice(12, 16), hash.slice(16, 20), hash.slice(20, 32)];
  return `arn:aws:cloudformation:${region}:${ACCOUNT}:stack/${stack}/${uuid.join('-')}`;
}

function attributePath(argument: unknown): readonly [string, string] {
  const [id, ...rest] = typeof argument === 'string' ? argument.split('.') : list(argument, 'Fn::GetAtt').map(String);
  return [id ?? '', rest.join('.')];
}

/** Rebuilds a value, replacing every part for which `replace` has an answer (`again`: visit the answer too). */
function map(
  value: unknown,
  replace: (value: unknown) => { readonly done: unknown } | { readonly again: unknown } | undefined,
): unknown {
  const replaced = replace(value);
  if (replaced !== undefined) return 'again' in replaced ? map(replaced.again, replace) : replaced.done;
  if (Array.isArray(value)) return value.map((each) => map(each, replace)).filter((each) => each !== NO_VALUE);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, each]) => [key, map(each, replace)] as const);
  return Object.fromEntries(entries.filter(([, each]) => each !== NO_VALUE));
}

function list(value: unknown, name: string, length?: number): readonly unknown[] {
  if (Array.isArray(value) && (length === undefined || value.length === length)) return value;
  throw new Error(`${name} needs a list${length === undefined ? '' : ` of ${length}`}`);
}

function text(value: unknown, name: string): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new Error(`${name} needs a string, not ${JSON.stringify(value)}`);
}
