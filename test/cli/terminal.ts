import { once } from 'node:events';
import { eventually } from '../journeys/platform.ts';
import { unless } from '../unless.ts';
import { type Ended, missing, type Running } from './command.ts';

/** A test that needs a pseudo-terminal, which `script` of util-linux gives. */
export const atTerminal = unless(missing('script', '-qec', 'true', '/dev/null'));

/** Types what answers a question, or stops the command, once it is there to be answered. */
export async function type(running: Running, question: string, keys: string): Promise<void> {
  await eventually(`the question ${question}`, () => running.said().includes(question));
  running.stdin?.write(keys);
}

/** How a command at a terminal ended, and what stood there then. */
export async function shown(running: Running): Promise<Pick<Ended, 'code'> & { readonly screen: string }> {
  if (running.exitCode === null) await once(running, 'close');
  return { code: running.exitCode, screen: screenOf(running.said()) };
}

const ESCAPE = '\u001b';
const SEQUENCE = new RegExp(`${ESCAPE}\\[(\\d*)([GJKm])|[\\r\\n]|[^\\p{Cc}]+`, 'gu');

/**
 * What a terminal of endless width shows after all of `text`, without colours. It knows what the command and readline send: CHA, ED, EL and SGR of
 * ECMA-48, each at the end of what is there. Throws where anything else comes, for it would be on the user's screen.
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
