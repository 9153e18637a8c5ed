import { Writable } from 'node:stream';
import { GantryError } from '@gantry/contract/errors.ts';
import type { Output, Streams } from './output.ts';
import { oneLine } from './printable.ts';
import { someOf } from './some.ts';

/** Questions at the terminal. Without a terminal, each throws Invalid and names the flag for the answer. */
export interface Prompts {
  /** Whether there is a terminal. */
  readonly possible: boolean;
  text(question: string, flag: string, preset?: string): Promise<string>;
  /** A text that is hidden while it is typed. */
  secret(question: string, flag: string): Promise<string>;
  /** One of several; a single choice needs no question. */
  choice<T>(question: string, flag: string, items: readonly T[], label: (item: T) => string): Promise<T>;
  /** Resolves when the name was typed, or given with `--yes`. */
  confirm(warning: string, name: string, given: string | undefined): Promise<void>;
}

const NOT_LINKED = 'This folder is not linked: run `gantry init` or `gantry link`';

function withoutTerminal(question: string, flag: string): string {
  if (flag.startsWith('--yes ')) return `To confirm without a terminal, add ${flag}.`;
  return `Without a terminal, nothing can be asked: give ${flag} (${question}).`;
}

const NOTHING = new Writable({ write: (_chunk, _encoding, done) => done() });

export function createPrompts(out: Output, { stdin, stderr }: Streams = process): Prompts {
  const possible = stdin.isTTY === true && stderr.isTTY === true;

  async function ask(asked: string, flag: string, hidden = false): Promise<string> {
    const question = oneLine(asked);
    if (!possible) throw new GantryError('Invalid', withoutTerminal(question, flag));
    // Loaded at the first question: most command lines ask nothing.
    const { createInterface } = await import('node:readline/promises');
    const lines = createInterface({ input: stdin, output: hidden ? NOTHING : stderr, terminal: true });
    // Only now: until then the terminal itself shows typed keys.
    if (hidden) stderr.write(`${question}: `);
    const leaving = new AbortController();
    // In this mode the terminal sends Ctrl-C as a character, and the cursor is after the question.
    lines.on('SIGINT', () => {
      stderr.write('\n');
      process.kill(process.pid, 'SIGINT');
    });
    lines.on('close', () => leaving.abort());
    try {
      return (await lines.question(hidden ? '' : `${question}: `, { signal: leaving.signal })).trim();
    } catch {
      throw new GantryError('Invalid', `There was no answer to "${question}": give ${flag}.`);
    } finally {
      lines.close();
      if (hidden) stderr.write('\n');
    }
  }

  return {
    possible,
    async text(question, flag, preset) {
      const answer = await ask(preset === undefined ? question : `${question} [${preset}]`, flag);
      return answer === '' && preset !== undefined ? preset : answer;
    },
    secret: (question, flag) => ask(question, flag, true),
    async choice(question, flag, items, label) {
      const [only] = items;
      if (only === undefined) throw new GantryError('NotFound', `${question}: there is nothing to choose from.`);
      if (items.length === 1) return only;
      const names = items.map(label);
      if (!possible) throw new GantryError('Invalid', `${question}? ${NOT_LINKED}, or give ${flag}: ${someOf(names)}.`);
      for (const [at, name] of names.entries()) out.note(`  ${at + 1}) ${name}`);
      const answer = await ask(`${question} (1 to ${items.length}, or a name)`, flag);
      if (answer === '') throw new GantryError('Invalid', 'Nothing was chosen: give a number or a name.');
      const chosen = items[names.indexOf(answer)] ?? items[Number(answer) - 1];
      if (chosen === undefined)
        throw new GantryError('Invalid', `${answer} is not in the list: give a number or a name.`);
      return chosen;
    },
    async confirm(warning, name, given) {
      if (given === undefined) out.note(warning);
      const typed = given ?? (await ask(`Type ${name} to confirm`, `--yes ${name}`));
      if (typed !== name)
        throw new GantryError('Invalid', `Nothing was done: the name is ${name}, not ${typed || 'nothing'}.`);
    },
  };
}
