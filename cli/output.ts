import type { Writable } from 'node:stream';
import { stripVTControlCharacters, styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Where a command writes: results to stdout, everything else to stderr. */
export interface Output {
  readonly json: boolean;
  /** Whether stderr is a terminal on which lines may be drawn again. */
  readonly live: boolean;
  /** The command's one result: `value` under `--json`, otherwise `text`, which may be empty. */
  result(value: unknown, text: string): void;
  /** One of a stream of results: a JSON object a line under `--json`. */
  item(value: unknown, text: string): void;
  /** A line for people. */
  note(text: string): void;
  /** A line that the next one replaces; on a terminal only. Undefined takes it away. */
  status(text: string | undefined): void;
  /** Colours for what goes to stderr, where it takes any. */
  paint(style: Style, text: string): string;
  /** Resolves once all was handed to the system. Throws what the system says where it takes no more. */
  flush(): Promise<void>;
  /** Rejects with what the system says once it takes no more: EPIPE, where whoever read has left. */
  readonly refused: Promise<never>;
}

/** What a command reads and writes: the process's own streams, unless a test has others. */
export interface Streams {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stdout: Writable;
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly env: Readonly<Record<string, string | undefined>>;
}

const ESCAPE = '\u001b';
const CLEAR_LINE = `\r${ESCAPE}[2K`;
/** Select Graphic Rendition: ECMA-48, section 8.3.117. */
const COLOUR = new RegExp(`(${ESCAPE}\\[[\\d;]*m)`);

export function createOutput(json: boolean, { stdout, stderr, env }: Streams = process): Output {
  const refused = Promise.withResolvers<never>();
  // Whoever waits for it hears of it: nobody else has to.
  refused.promise.catch(() => undefined);
  for (const stream of [stdout, stderr]) stream.on('error', refused.reject);
  const live = stderr.isTTY === true && !set(env.CI) && env.TERM !== 'dumb';
  let shown: string | undefined;
  const around = (write: () => void) => {
    if (shown !== undefined) stderr.write(CLEAR_LINE);
    write();
    if (shown !== undefined) stderr.write(shown);
  };
  const print = (text: string) => around(() => stdout.write(text === '' ? '' : `${text}\n`));
  return {
    json,
    live,
    result: (value, text) => print(json ? JSON.stringify(value, undefined, 2) : text),
    item: (value, text) => print(json ? JSON.stringify(value) : text),
    note: (text) => around(() => stderr.write(`${text}\n`)),
    status(text) {
      if (!live || (text === undefined && shown === undefined)) return;
      // A terminal that nobody has given a size says that it is 0 wide.
      shown = text === undefined ? undefined : cut(text, (stderr.columns || 80) - 1);
      stderr.write(`${CLEAR_LINE}${shown ?? ''}`);
    },
    paint: (style, text) => styleText(style, text, { stream: stderr }),
    async flush() {
      for (const stream of [stdout, stderr]) {
        const { promise, resolve, reject } = Promise.withResolvers<void>();
        stream.write('', (error) => (error ? reject(error) : resolve()));
        await promise;
      }
    },
    refused: refused.promise,
  };
}

/** Set to anything but what says no. */
function set(value: string | undefined): boolean {
  return value !== undefined && !['', '0', 'false'].includes(value);
}

/** What is wider than the terminal would wrap, and could not be drawn again. */
function cut(text: string, width: number): string {
  return stripVTControlCharacters(text).length <= width ? text : stripVTControlCharacters(text).slice(0, width);
}

/** A line of somebody's program, for a terminal: its colours stay, and nothing that moves the cursor or renames the window does. */
export function printable(text: string): string {
  return text
    .split(COLOUR)
    .map((part, at) => (at % 2 === 1 ? part : stripVTControlCharacters(part).replace(/[^\P{Cc}\t]/gu, '')))
    .join('');
}

/** Rows in columns; no row, no text. */
export function columns(rows: readonly (readonly string[])[], head?: readonly string[]): string {
  const all = head === undefined || rows.length === 0 ? rows : [head, ...rows];
  const widths = (all[0] ?? []).map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
