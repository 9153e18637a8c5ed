const MASK = '***';
/** Masking a shorter value would remove ordinary words from the output; such a value is easy to guess anyway. */
const MIN_LENGTH = 4;

export interface Mask {
  /** The text with each value in it replaced by `***`. */
  (text: string): string;
  /** The length of the longest text to replace, in characters. */
  readonly longest: number;
}

/**
 * Masks values of at least four characters: as they are, each of their lines of that length, and their JSON, URL and base64 forms. The base64 form is
 * found even inside a longer encoded text, such as a password in `user:password`.
 */
export function createMask(values: readonly string[]): Mask {
  const texts = values.flatMap((value) => [value, ...value.split(/[\r\n]+/).map((line) => line.trim())]);
  const forms = texts.filter((text) => text.length >= MIN_LENGTH).flatMap(formsOf);
  const patterns = [...new Set(forms)].sort((a, b) => b.length - a.length);
  const longest = patterns[0]?.length ?? 0;
  if (longest === 0) return Object.assign((text: string) => text, { longest });
  const pattern = new RegExp(patterns.map((text) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|'), 'g');
  return Object.assign((text: string) => text.replace(pattern, MASK), { longest });
}

function formsOf(text: string): string[] {
  const base64 = [0, 1, 2].flatMap((offset) => base64At(text, offset));
  const urlSafe = base64.map((form) => form.replaceAll('+', '-').replaceAll('/', '_'));
  const url = encodeURIComponent(text.toWellFormed());
  return [text, JSON.stringify(text).slice(1, -1), url, url.replaceAll('%20', '+'), ...base64, ...urlSafe];
}

/** The part of a text's base64 that never depends on the surrounding text, when `offset` bytes of a group of three precede it. */
function base64At(text: string, offset: number): string[] {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(text)]);
  const whole = bytes.toString('base64');
  const first = Math.ceil((offset * 8) / 6);
  const last = Math.floor((bytes.length * 8) / 6);
  const inner = whole.slice(first, last);
  const forms = offset === 0 ? [whole, whole.replace(/=+$/, ''), inner] : [inner];
  return forms.filter((form) => form.length >= MIN_LENGTH);
}
