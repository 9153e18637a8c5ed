import { BlockList, isIP } from 'node:net';

/** A plain value in an event. */
export type Leaf = string | number | boolean | null;

type One = (leaf: Leaf) => boolean;
type Fail = (why: string) => Error;

/** A test over the values at one field: a literal, or an object with one content filter. */
export function leafTest(expected: unknown, fail: Fail): (leaves: readonly Leaf[]) => boolean {
  if (isLeaf(expected)) return some((leaf) => leaf === expected);
  const [name, argument] = onlyEntry(expected, fail);
  if (name === 'exists') {
    if (typeof argument !== 'boolean') throw fail('exists must be true or false');
    return (leaves) => leaves.length > 0 === argument;
  }
  if (name === 'anything-but') return some(anythingBut(argument, fail));
  return some(filter(name, argument, fail));
}

function some(test: One): (leaves: readonly Leaf[]) => boolean {
  return (leaves) => leaves.some(test);
}

function filter(name: string, argument: unknown, fail: Fail): One {
  switch (name) {
    case 'prefix':
      return affix(argument, fail, (text, part) => text.startsWith(part));
    case 'suffix':
      return affix(argument, fail, (text, part) => text.endsWith(part));
    case 'equals-ignore-case': {
      const wanted = text(argument, name, fail).toLowerCase();
      return (leaf) => typeof leaf === 'string' && leaf.toLowerCase() === wanted;
    }
    case 'wildcard':
      return wildcard(text(argument, name, fail), fail);
    case 'numeric':
      return numeric(argument, fail);
    case 'cidr':
      return cidr(text(argument, name, fail), fail);
    default:
      throw fail(`has the unknown filter ${name}`);
  }
}

/** `prefix` and `suffix` take a text, or `{ "equals-ignore-case": text }`. */
function affix(argument: unknown, fail: Fail, holds: (text: string, part: string) => boolean): One {
  if (typeof argument === 'string') return (leaf) => typeof leaf === 'string' && holds(leaf, argument);
  const [name, part] = onlyEntry(argument, fail);
  if (name !== 'equals-ignore-case') throw fail(`has the unknown filter ${name}`);
  const wanted = text(part, name, fail).toLowerCase();
  return (leaf) => typeof leaf === 'string' && holds(leaf.toLowerCase(), wanted);
}

/** Takes a value, a list of values, or one filter with a text or a list of texts. */
function anythingBut(argument: unknown, fail: Fail): One {
  if (isLeaf(argument)) return (leaf) => leaf !== argument;
  if (Array.isArray(argument)) {
    if (argument.length === 0 || !argument.every(isLeaf)) throw fail('anything-but must list plain values');
    return (leaf) => !argument.includes(leaf);
  }
  const [name, parts] = onlyEntry(argument, fail);
  if (!['prefix', 'suffix', 'equals-ignore-case', 'wildcard'].includes(name)) {
    throw fail(`has the unknown filter anything-but ${name}`);
  }
  const tests = [parts].flat().map((part) => filter(name, part, fail));
  if (tests.length === 0) throw fail('anything-but must not list nothing');
  return (leaf) => !tests.some((test) => test(leaf));
}

const COMPARISONS: Readonly<Record<string, (actual: number, bound: number) => boolean>> = {
  '=': (actual, bound) => actual === bound,
  '<': (actual, bound) => actual < bound,
  '<=': (actual, bound) => actual <= bound,
  '>': (actual, bound) => actual > bound,
  '>=': (actual, bound) => actual >= bound,
};

/** A comparison, or a lower bound followed by an upper: `["=", 5]`, `[">", 0, "<=", 5]`. */
function numeric(argument: unknown, fail: Fail): One {
  if (!Array.isArray(argument) || (argument.length !== 2 && argument.length !== 4)) {
    throw fail('numeric must list one comparison, or a lower and an upper bound');
  }
  const pairs = argument.length === 2 ? [argument] : [argument.slice(0, 2), argument.slice(2)];
  const isRange = /^>=?,<=?$/.test(pairs.map(([sign]) => sign).join());
  if (pairs.length === 2 && !isRange) throw fail('numeric must give the lower bound before the upper');
  const tests = pairs.map(([sign, bound]): ((actual: number) => boolean) => {
    const compare = Object.hasOwn(COMPARISONS, String(sign)) ? COMPARISONS[String(sign)] : undefined;
    if (compare === undefined || typeof bound !== 'number') throw fail('numeric compares by = < <= > >= with a number');
    return (actual) => compare(actual, bound);
  });
  return (leaf) => typeof leaf === 'number' && tests.every((test) => test(leaf));
}

/** `*` stands for any run of characters; `\*` and `\\` stand for themselves. Takes time linear in the text for each `*`. */
function wildcard(pattern: string, fail: Fail): One {
  const parts = [''];
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern.charAt(i);
    if (character === '*') {
      if (pattern.charAt(i + 1) === '*') throw fail('wildcard must not have two * in a row');
      parts.push('');
      continue;
    }
    if (character === '\\') {
      i += 1;
      if (!'*\\'.includes(pattern.charAt(i)) || i === pattern.length) throw fail('wildcard has an unknown escape');
    }
    parts[parts.length - 1] += pattern.charAt(i);
  }
  const [first = '', ...rest] = parts;
  const last = rest.pop();
  if (last === undefined) return (leaf) => leaf === first;
  return (leaf) => {
    if (typeof leaf !== 'string' || leaf.length < first.length + last.length) return false;
    if (!leaf.startsWith(first) || !leaf.endsWith(last)) return false;
    const middle = leaf.slice(first.length, leaf.length - last.length);
    let from = 0;
    return rest.every((part) => {
      const found = middle.indexOf(part, from);
      from = found + part.length;
      return found >= 0;
    });
  };
}

function cidr(range: string, fail: Fail): One {
  const [, address = '', bits = ''] = /^([^/]+)\/(\d{1,3})$/.exec(range) ?? [];
  const version = isIP(address);
  if (version === 0 || Number(bits) > (version === 4 ? 32 : 128)) throw fail(`cidr ${range} is not an address range`);
  const family = version === 4 ? 'ipv4' : 'ipv6';
  const list = new BlockList();
  list.addSubnet(address, Number(bits), family);
  return (leaf) => typeof leaf === 'string' && isIP(leaf) === version && list.check(leaf, family);
}

function isLeaf(value: unknown): value is Leaf {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

function text(value: unknown, name: string, fail: Fail): string {
  if (typeof value === 'string') return value;
  throw fail(`${name} must be a string`);
}

function onlyEntry(value: unknown, fail: Fail): readonly [string, unknown] {
  const entries = typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
  const [entry] = entries;
  if (entry === undefined || entries.length !== 1) throw fail('must hold values, or objects with one filter each');
  return entry;
}
