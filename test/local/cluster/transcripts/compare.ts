/** A difference between two answers: the dotted path, the recorded value and the value now. */
export interface Difference {
  readonly at: string;
  readonly recorded: unknown;
  readonly now: unknown;
}

/** Every leaf in which `now` differs from `recorded`. Lists of different lengths differ as a whole. */
export function differences(recorded: unknown, now: unknown, at = ''): Difference[] {
  if (Array.isArray(recorded) && Array.isArray(now) && recorded.length === now.length) {
    return recorded.flatMap((each, index) => differences(each, now[index], `${at}[${index}]`));
  }
  if (isMap(recorded) && isMap(now)) {
    const keys = [...new Set([...Object.keys(recorded), ...Object.keys(now)])].sort();
    return keys.flatMap((key) => differences(recorded[key], now[key], at === '' ? key : `${at}.${key}`));
  }
  return JSON.stringify(recorded) === JSON.stringify(now) ? [] : [{ at, recorded, now }];
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
