import Anser from 'anser';
import { classes } from './classes.ts';

/** The sixteen colours of a terminal, by the tokens of this page: they stay readable in both themes. */
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

/** A line as a terminal shows it: colours and weights, and none of what moves a cursor or has no width. */
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

/** Control and bidirectional characters as marks, so that no text hides or turns around what is beside it. */
function visible(text: string): string {
  return text.replace(/(?![\t\n])[\p{Cc}\p{Bidi_Control}]/gu, '\u{fffd}');
}
