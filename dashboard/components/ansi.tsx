import Anser from 'anser';
import { classes } from './classes.ts';

/** The sixteen colours of a terminal as our colour tokens, which are readable in both themes. */
const colours: Readonly<Record<string, string>> = {
  'ansi-black': 'text-faint',
  'ansi-red': 'text-bad',
  'ansi-green': 'text-good',
  'ansi-yellow': 'text-busy',
  'ansi-blue': 'text-accent',
  'ansi-magenta': 'text-accent',
  'ansi-cyan': 'text-accent',
  'ansi-white': '',
  'ansi-bright-black': 'text-faint',
  'ansi-bright-red': 'text-bad',
  'ansi-bright-green': 'text-good',
  'ansi-bright-yellow': 'text-busy',
  'ansi-bright-blue': 'text-accent',
  'ansi-bright-magenta': 'text-accent',
  'ansi-bright-cyan': 'text-accent',
  'ansi-bright-white': '',
};
const decorations: Readonly<Record<string, string>> = {
  bold: 'font-semibold',
  dim: 'opacity-70',
  italic: 'italic',
  underline: 'underline',
  strikethrough: 'line-through',
};

const ESCAPE = '\u001b';

/** A line with its terminal colours and weights. Sequences that move the cursor, and characters without a width, are left out. */
export function Ansi({ children }: { readonly children: string }) {
  if (!children.includes(ESCAPE)) return visible(children);
  let at = 0;
  return Anser.ansiToJson(children, { use_classes: true, remove_empty: true }).map((part) => {
    const key = at;
    at += part.content.length;
    const styles = part.decorations.map((each) => decorations[each]);
    return (
      <span key={key} className={classes(colours[part.fg ?? ''], ...styles)}>
        {visible(part.content)}
      </span>
    );
  });
}

/** Replaces control and bidirectional characters by a mark: no text can hide or reverse its neighbours. */
function visible(text: string): string {
  return text.replace(/(?![\t\n])[\p{Cc}\p{Bidi_Control}]/gu, '\u{fffd}');
}
