import type { FaultPlan, FunctionFault, Hold, Kill } from './kernel/faults.ts';

const KNOWN: readonly FunctionFault['mode'][] = ['fail', 'refuse', 'crash', 'repeat', 'throttle'];
const MODES: readonly unknown[] = KNOWN;

/** A plan of faults from its JSON, or its problem. An empty plan clears the earlier one. */
export function readPlan(body: Buffer): FaultPlan | string {
  const plan = parsed(body);
  if (!isMap(plan)) return 'The body must be one JSON object.';
  const { kill, hold, functions = [], busyTable, ...rest } = plan;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) return `${unknown}: only kill, hold, functions and busyTable are known.`;
  if (kill !== undefined && !isKill(kill)) return 'kill: give after, a whole number from 1, and maybe named, a text.';
  if (hold !== undefined && !isHold(hold)) return 'hold: give named, a text, and most, a whole number from 1.';
  if (!Array.isArray(functions) || !functions.every(isFunctionFault)) {
    return 'functions: give each its function and mode (fail, refuse, crash, repeat or throttle), and maybe times, a whole number from 1, and containing, a text.';
  }
  if (busyTable !== undefined && !isCount(busyTable)) return 'busyTable: give a whole number from 1.';
  return {
    ...(kill !== undefined && { kill }),
    ...(hold !== undefined && { hold }),
    ...(busyTable !== undefined && { busyTable }),
    functions,
  };
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

function isKill(value: unknown): value is Kill {
  return isMap(value) && hasOnly(value, 'after', 'named') && isCount(value.after) && isText(value.named ?? '');
}

function isHold(value: unknown): value is Hold {
  return isMap(value) && hasOnly(value, 'named', 'most') && isText(value.named) && isCount(value.most);
}

function isFunctionFault(value: unknown): value is FunctionFault {
  return (
    isMap(value) &&
    hasOnly(value, 'function', 'mode', 'times', 'containing') &&
    isText(value.function) &&
    MODES.includes(value.mode) &&
    isCount(value.times ?? 1) &&
    isText(value.containing ?? '')
  );
}

function hasOnly(value: Readonly<Record<string, unknown>>, ...names: readonly string[]): boolean {
  return Object.keys(value).every((name) => names.includes(name));
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 1;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
