import { appendFile, mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import type { OutputLine } from '../api/logs.ts';
import { takeLines } from './intake.ts';

/** The output of one run of a container: a bounded part on disk, and its end in memory. */
export interface Output {
  /** Reads a stream of the process. */
  consume(stream: Readable): void;
  /** Adds a warning of the node's own, which is kept and followed like the app's lines. */
  warn(message: string): void;
  /** The kept lines, oldest first, and the number of the line after the last. */
  read(): Promise<{ readonly lines: readonly OutputLine[]; readonly next: number }>;
  /** Calls `listener` for each further line with its number. */
  follow(listener: (line: OutputLine, number: number) => void): () => void;
  /** The end of the output, at most 80 lines and 2 KiB, as a termination message shows it. */
  tail(): string;
  /** No line follows; resolves when everything is on disk. */
  close(): Promise<void>;
  readonly closed: Promise<void>;
}

const MAX_FILE = 5 * 1024 * 1024;
const FLUSH_MS = 50;
const MAX_WRITES = 20;
const TAIL_LINES = 80;
const TAIL_BYTES = 2048;

/** The destination of an output's lines besides its file. */
export interface Sink {
  line(line: OutputLine): void;
  /** The number of skipped lines, which are lost. */
  dropped(lines: number): void;
}

/**
 * Collects output in `file`; a full one becomes `<file>.1` in place of an older one, so that twice 5 MiB are kept. The process is never blocked: its
 * writes are always read.
 */
export function createOutput(file: string, sink: Sink): Output {
  const listeners = new Set<(line: OutputLine, number: number) => void>();
  const tail: string[] = [];
  let unwritten: string[] = [];
  let writes = 0;
  let number = 0;
  let timer: NodeJS.Timeout | undefined;
  let writing = Promise.resolve();
  let end: () => void = () => undefined;
  const closed = new Promise<void>((resolve) => {
    end = resolve;
  });
  const flushes: (() => void)[] = [];

  const save = async (text: string) => {
    await mkdir(dirname(file), { recursive: true });
    await appendFile(file, text);
    if ((await stat(file)).size >= MAX_FILE) await rename(file, `${file}.1`);
  };
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    const text = unwritten.join('');
    unwritten = [];
    // A disk that cannot keep up loses lines, so that they do not fill memory.
    if (text === '' || writes >= MAX_WRITES) return writing;
    writes += 1;
    writing = writing
      .then(() => save(text))
      .catch(() => undefined)
      .finally(() => {
        writes -= 1;
      });
    return writing;
  };
  const push = (text: string) => {
    const line = { at: Date.now(), text };
    unwritten.push(`${line.at} ${text}\n`);
    tail.push(text);
    if (tail.length > TAIL_LINES) tail.shift();
    timer ??= setTimeout(flush, FLUSH_MS);
    sink.line(line);
    for (const listener of listeners) listener(line, number);
    number += 1;
  };

  return {
    closed,
    consume(stream) {
      flushes.push(takeLines(stream, push, (lines) => sink.dropped(lines)));
    },
    warn: (message) => push(JSON.stringify({ level: 'warn', message })),
    async read() {
      const next = number;
      await flush();
      const texts = await Promise.all([`${file}.1`, file].map((each) => readFile(each, 'utf8').catch(() => '')));
      const lines = texts.join('').split('\n').slice(0, -1).map(parseLine);
      return { lines, next };
    },
    follow(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    tail: () => Buffer.from(tail.join('\n')).subarray(-TAIL_BYTES).toString('utf8'),
    async close() {
      for (const finish of flushes) finish();
      await flush();
      end();
    },
  };
}

/** Where the output of a container's run is, by its number. */
export function outputFile(folder: string, run: number): string {
  return join(folder, `${run}.log`);
}

/** Removes the output of one run. */
export async function removeOutput(file: string): Promise<void> {
  await Promise.all([file, `${file}.1`].map((each) => rm(each, { force: true })));
}

function parseLine(line: string): OutputLine {
  const space = line.indexOf(' ');
  return { at: Number(line.slice(0, space)), text: line.slice(space + 1) };
}
