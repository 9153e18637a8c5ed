import type { Writable } from 'node:stream';
import { styleText } from 'node:util';
import { jsonText, printable, printableWithColours } from './printable.ts';

type Style = Parameters<typeof styleText>[0];

/** A part of a text that has colours: those that the command gives it, or those that a line of a log brought along. */
export interface Coloured {
  readonly text: string;
  readonly style: Style | 'its own';
}

/** What is written for people. Texts of users and servers stand in it as they came: what a terminal would obey is taken out of every part when it is written. */
export type Text = string | readonly (string | Coloured)[];

export function paint(style: Style, text: string): Coloured {
  return { text, style };
}

export function withItsColours(text: string): Coloured {
  return { text, style: 'its own' };
}

/** Where a command writes: results to stdout, everything else to stderr. */
export interface Output {
  readonly json: boolean;
  /** Whether stderr is a terminal on which lines may be drawn again. */
  readonly live: boolean;
  /** The command's one result: `value` under `--json`, otherwise `text`, which may be empty. */
  result(value: unknown, text: Text): void;
  /** A result that another program reads: exactly `text`, unless a terminal would show it. */
  file(value: unknown, text: string): void;
  /** One of a stream of results: a JSON object a line under `--json`. */
  item(value: unknown, text: Text): void;
  /** What a command elsewhere printed, byte for byte: whoever runs one in an app sees what it prints. */
  raw(stream: 'stdout' | 'stderr', bytes: Uint8Array): void;
  /** A line for people. */
  note(text: Text): void;
  /** A line that the next one replaces; on a terminal only. Undefined takes it away. */
  status(text: string | undefined): void;
  /** Resolves once all was handed to the system. Throws what the system says where it takes no more. */
  flush(): Promise<void>;
  /** Rejects with what the system says once it takes no more: EPIPE, where whoever read has left. */
  readonly refused: Promise<never>;
}

type Sink = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** What a command reads and writes: the process's own streams, unless a test has others. */
export interface Streams {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const CLEAR_LINE = '\r\u001b[2K';

/** The one place where the command writes: what a terminal obeys goes to it from here alone. */
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
    result: (value, text) => print(json ? jsonText(value, 2) : drawn(text, stdout)),
    file: (value, text) => print(json ? jsonText(value, 2) : stdout.isTTY ? printable(text) : text),
    item: (value, text) => print(json ? jsonText(value) : drawn(text, stdout)),
    raw: (stream, bytes) => void (stream === 'stdout' ? stdout : stderr).write(bytes),
    note: (text) => around(() => stderr.write(`${drawn(text, stderr)}\n`)),
    status(text) {
      if (!live || (text === undefined && shown === undefined)) return;
      // A terminal that nobody has given a size says that it is 0 wide.
      shown =
        text === undefined ? undefined : printable(text.replaceAll('\n', ' ')).slice(0, (stderr.columns || 80) - 1);
      stderr.write(`${CLEAR_LINE}${shown ?? ''}`);
    },
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

/** A text as it is written to a stream: with colours only where the stream takes any. */
function drawn(text: Text, stream: Writable): string {
  if (typeof text === 'string') return printable(text);
  return text.map((part) => (typeof part === 'string' ? printable(part) : coloured(part, stream))).join('');
}

function coloured({ text, style }: Coloured, stream: Writable): string {
  if (style !== 'its own') return styleText(style, printable(text), { stream });
  const takesColours = styleText('red', 'x', { stream }) !== 'x';
  return takesColours ? printableWithColours(text) : printable(text);
}

/** Rows in columns; no row, no text. A cell is one line. */
export function columns(rows: readonly (readonly string[])[], head?: readonly string[]): string {
  const cells = rows.map((row) => row.map((cell) => printable(cell.replace(/\s*\n\s*/g, ' '))));
  const all = head === undefined || rows.length === 0 ? cells : [head, ...cells];
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
