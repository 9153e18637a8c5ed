const SECOND_MS = 1_000;
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** An instant as the text of a `datetime-local` input: in the user's time zone, rounded down to a second. */
export function toInput(instant: string): string {
  const date = new Date(instant);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60 * SECOND_MS).toISOString().slice(0, 19);
}

/** The same rounded up, for the earliest allowed instant. */
export const toInputAfter = (instant: string): string =>
  toInput(new Date(Math.ceil(Date.parse(instant) / SECOND_MS) * SECOND_MS).toISOString());

/** The instant of such a text. Throws RangeError for an empty text: mark the input as required. */
export const fromInput = (text: string): string => new Date(text).toISOString();

/** An instant for people: `30 Nov 2026, 12:31:05`. */
export const exactText = (instant: string): string => exact.format(new Date(instant));

export const timeZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;
