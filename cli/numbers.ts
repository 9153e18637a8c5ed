import { GantryError } from '@gantry/contract/errors.ts';

/** The whole number in a flag. Throws Invalid for any other text. */
export function wholeNumber(flag: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new GantryError('Invalid', `${flag} is ${text}, and must be a whole number.`);
  return Number(text);
}

/** The number in a flag, such as 0.5. Throws Invalid for any other text. */
export function decimal(flag: string, text: string): number {
  if (!/^\d{1,9}(?:\.\d{1,4})?$/.test(text))
    throw new GantryError('Invalid', `${flag} is ${text}, and must be a number.`);
  return Number(text);
}
