import { once } from 'node:events';
import { eventually } from '../journeys/platform.ts';
import { unless } from '../unless.ts';
import { type Ended, missing, type Running } from './command.ts';

/** A test that needs a pseudo-terminal, which util-linux's `script` provides. */
export const atTerminal = unless(missing('script', '-qec', 'true', '/dev/null'));

/** Types an answer, or a signal, once the command waits for it. */
export async function type(running: Running, question: string, keys: string): Promise<void> {
  await eventually(`the question ${question}`, () => running.said().includes(question));
  running.stdin?.write(keys);
}

/** The exit code of a command at a terminal, and its final screen. */
export async function shown(running: Running): Promise<Pick<Ended, 'code'> & { readonly screen: string }> {
  if (running.exitCode === null) await once(running, 'close');
  return { code: running.exitCode, screen: screenOf(running.said()) };
}

const ESCAPE = '\u001b';
const SEQUENCE = new RegExp(`${ESCAPE}\\[(\\d*)([GJKm])|[\\r\\n]|[^\\p{Cc}]+`, 'gu');

/**
 * The screen of a terminal of endless width after all of `text`, without colours. It supports the sequences of the command and readline: CHA, ED, EL
 * and SGR of ECMA-48, each at the end of the text. Throws at any other, which would show on the user's screen.
 */
export function screenOf(text: string): string {
  const lines = [''];
  let column = 0;
  let read = 0;
  for (const { 0: all, 1: parameter, 2: control, index } of text.matchAll(SEQUENCE)) {
    if (index !== read) break;
    read += all.length;
    const line = lines.at(-1) ?? '';
    const write = (next: string) => lines.splice(-1, 1, next);
    if (all === '\n') lines.push(' '.repeat(column));
    else if (all === '\r') column = 0;
    else if (control === 'G') column = Number(parameter || 1) - 1;
    else if (control === 'J' || control === 'K') write(parameter === '2' ? '' : line.slice(0, column));
    else if (control === undefined) {
      write(line.slice(0, column).padEnd(column) + all + line.slice(column + all.length));
      column += all.length;
    }
  }
  if (read < text.length) throw new Error(`A terminal would not show ${JSON.stringify(text.slice(read, read + 20))}.`);
  return lines.map((line) => line.trimEnd()).join('\n');
}
