const UNITS: readonly (readonly [number, string])[] = [
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
];

/** The age of an instant, for people. */
export function ago(instant: string, now = Date.now()): string {
  const passed = Math.max(0, now - Date.parse(instant));
  const [unit, name] = UNITS.find(([length]) => passed >= length) ?? [];
  if (unit === undefined) return 'just now';
  const count = Math.floor(passed / unit);
  return `${count} ${name}${count === 1 ? '' : 's'} ago`;
}
