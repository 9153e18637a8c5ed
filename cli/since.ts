import { GantryError } from '@gantry/contract/errors.ts';

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The instant of `15m` before `now`, or of an ISO 8601 time. Throws Invalid for another text; `flag` names the flag. */
export function instantOf(flag: string, text: string, now: number): string {
  const [, number, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const at = number === undefined ? Date.parse(text) : now - Number(number) * (UNITS[unit] ?? 0);
  if (Number.isNaN(at))
    throw new GantryError(
      'Invalid',
      `${flag} is ${text}, and must be a duration such as 15m or a time such as 2026-11-20T09:30:00Z.`,
    );
  return new Date(at).toISOString();
}
