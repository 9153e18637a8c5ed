const ESCAPE = '\u001b';
/** Select Graphic Rendition, colours: ECMA-48, section 8.3.117. */
const COLOUR = new RegExp(`(${ESCAPE}\\[[\\d;]*m)`);

/**
 * Sequences that a terminal obeys instead of showing them (ECMA-48), and marks that turn the direction of text. Each pattern takes time in proportion
 * to the text.
 */
const CONTROLS = new RegExp(
  [
    // Control sequences, whole or cut off.
    '(?:\u001b\\[|\u009b)[0-?]*[ -/]*[@-~]?',
    // Control strings with their text, such as titles and links, where they end on their line.
    '(?:\u001b[\\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u001b\u0080-\u009f\n]*(?:\u0007|\u001b\\\\|\u009c)',
    // Other escapes.
    '\u001b[ -/]*[0-~]?',
    // The rest of C0 and C1.
    '[^\\P{Cc}\\t\\n]',
    // https://www.unicode.org/reports/tr9/
    '\\p{Bidi_Control}',
  ].join('|'),
  'gu',
);

/** A foreign text for a terminal: nothing in it moves the cursor, renames the window, hides or turns other text. Tabs and line feeds stay. */
export function printable(text: string): string {
  return text.replace(CONTROLS, '');
}

/** The same on one line. */
export function oneLine(text: string): string {
  return printable(text.trim().replace(/\s*\n\s*/g, ' '));
}

/** A line of a log: its own colours stay, up to the line's end. */
export function printableWithColours(text: string): string {
  const parts = text.split(COLOUR);
  const kept = parts.map((part, at) => (at % 2 === 1 ? part : printable(part))).join('');
  return parts.length > 1 ? `${kept}${ESCAPE}[0m` : kept;
}

/** Characters that JSON allows in a string and that a terminal obeys. */
const UNESCAPED = /[\u007f-\u009f]|\p{Bidi_Control}/gu;

/** JSON with control characters escaped, which means the same. Without `indent` it is one line. */
export function jsonText(value: unknown, indent?: number): string {
  const text = JSON.stringify(value, undefined, indent) ?? 'null';
  return text.replace(UNESCAPED, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
