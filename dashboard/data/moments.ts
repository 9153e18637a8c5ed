const SECOND_MS = 1_000;
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** An instant as an input of type `datetime-local` takes it: in the user's time zone, to the second before it. */
export function toInput(instant: string): string {
  const date = new Date(instant);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60 * SECOND_MS).toISOString().slice(0, 19);
}

/** The same to the second after it, for the earliest instant that is allowed. */
export const toInputAfter = (instant: string): string =>
  toInput(new Date(Math.ceil(Date.parse(instant) / SECOND_MS) * SECOND_MS).toISOString());

/** The instant of such an input. Throws RangeError for an empty one: mark the input as required. */
export const fromInput = (text: string): string => new Date(text).toISOString();

/** An instant for people: `30 Nov 2026, 12:31:05`. */
export const exactText = (instant: string): string => exact.format(new Date(instant));

export const timeZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;
