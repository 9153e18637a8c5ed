import type { Writable } from 'node:stream';
import { styleText } from 'node:util';
import { jsonText, printable, printableWithColours } from './printable.ts';

type Style = Parameters<typeof styleText>[0];

/** A part of a text with colours: the command's own, or those in a line of a log. */
export interface Coloured {
  readonly text: string;
  readonly style: Style | 'its own';
}

/** A text for people. It holds texts of users and servers unchanged; control characters are removed from every part when it is written. */
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
  /** A result for another program: exactly `text`, except at a terminal. */
  file(value: unknown, text: string): void;
  /** One of a stream of results: one JSON object per line under `--json`. */
  item(value: unknown, text: Text): void;
  /** The output of a remote command, byte for byte. */
  raw(stream: 'stdout' | 'stderr', bytes: Uint8Array): void;
  /** A line for people. */
  note(text: Text): void;
  /** A line that the next one replaces, on a terminal only. Undefined removes it. */
  status(text: string | undefined): void;
  /** Resolves once everything is handed to the system. Throws the system's error when it accepts no more. */
  flush(): Promise<void>;
  /** Rejects with the system's error when it accepts no more: EPIPE when the reader has left. */
  readonly refused: Promise<never>;
}

type Sink = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** A command's streams: the process's own, except in tests. */
export interface Streams {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const CLEAR_LINE = '\r\u001b[2K';

/** The one place where the command writes: control characters reach a terminal only from here. */
export function createOutput(json: boolean, { stdout, stderr, env }: Streams = process): Output {
  const refused = Promise.withResolvers<never>();
  // Callers that wait for it get the error; others need not.
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
      // A terminal without a size reports a width of 0.
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

/** Set to anything but a negative answer. */
function set(value: string | undefined): boolean {
  return value !== undefined && !['', '0', 'false'].includes(value);
}

/** A text as written to a stream: with colours only if the stream supports them. */
function drawn(text: Text, stream: Writable): string {
  if (typeof text === 'string') return printable(text);
  return text.map((part) => (typeof part === 'string' ? printable(part) : coloured(part, stream))).join('');
}

function coloured({ text, style }: Coloured, stream: Writable): string {
  if (style !== 'its own') return styleText(style, printable(text), { stream });
  const takesColours = styleText('red', 'x', { stream }) !== 'x';
  return takesColours ? printableWithColours(text) : printable(text);
}

/** Rows in columns; an empty text without rows. A cell is one line. */
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
