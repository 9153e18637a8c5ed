import { GantryError } from '@gantry/contract/errors.ts';

/** The whole number that a flag was given. Throws Invalid where it is none. */
export function wholeNumber(flag: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new GantryError('Invalid', `${flag} is ${text}, and must be a whole number.`);
  return Number(text);
}
