import type { ServerResponse } from 'node:http';
import type { Pod } from '../model.ts';
import { badRequest } from './errors.ts';

export interface LogRequest {
  readonly follow: boolean;
  readonly previous: boolean;
  readonly tailLines: number | undefined;
  /** Milliseconds since 1970. */
  readonly since: number | undefined;
  readonly signal: AbortSignal;
}

export interface OutputLine {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly text: string;
}

/** Reads a container's output; throws an `ApiError` before its first start. */
export interface LogReader {
  read(pod: Pod, container: string, request: LogRequest): AsyncIterable<OutputLine>;
}

/** Answers `pods/log` in plain text. */
export async function sendLog(
  reader: LogReader,
  pod: Pod,
  query: URLSearchParams,
  response: ServerResponse,
): Promise<void> {
  const container = containerOf(pod, query.get('container'));
  const aborted = new AbortController();
  response.on('close', () => aborted.abort());
  const lines = reader.read(pod, container, {
    follow: query.get('follow') === 'true',
    previous: query.get('previous') === 'true',
    tailLines: count(query, 'tailLines'),
    since: sinceOf(query),
    signal: aborted.signal,
  });
  const timestamps = query.get('timestamps') === 'true';
  let left = count(query, 'limitBytes') ?? Number.POSITIVE_INFINITY;
  const begin = () => {
    if (response.headersSent) return;
    response.writeHead(200, { 'content-type': 'text/plain' });
    response.flushHeaders();
  };
  const iterator = lines[Symbol.asyncIterator]();
  let pending = iterator.next();
  await Promise.race([pending, new Promise((resolve) => setTimeout(resolve, 50))]);
  begin();
  for (let next = await pending; next.done !== true && left > 0; next = await pending) {
    pending = iterator.next();
    const stamp = timestamps ? `${new Date(next.value.at).toISOString()} ` : '';
    const line = Buffer.from(`${stamp}${next.value.text}\n`).subarray(0, left);
    left -= line.length;
    if (!response.write(line)) await drained(response);
    if (response.destroyed) break;
  }
  await iterator.return?.();
  response.end();
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });
}

/** The requested container, or the only one. */
export function containerOf(pod: Pod, asked: string | null): string {
  const names = pod.spec.containers.map(({ name }) => name);
  if (asked !== null && names.includes(asked)) return asked;
  if (asked !== null) throw badRequest(`container ${asked} is not valid for pod ${pod.metadata.name}`);
  const [only, ...others] = names;
  if (only !== undefined && others.length === 0) return only;
  throw badRequest(
    `a container name must be specified for pod ${pod.metadata.name}, choose one of: [${names.join(' ')}]`,
  );
}

function count(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw badRequest(`${name} must be a whole number, not negative`);
  return value;
}

function sinceOf(query: URLSearchParams): number | undefined {
  const time = query.get('sinceTime');
  const seconds = count(query, 'sinceSeconds');
  if (time === null) return seconds === undefined ? undefined : Date.now() - seconds * 1000;
  const at = Date.parse(time);
  if (Number.isNaN(at)) throw badRequest('sinceTime must be an RFC 3339 time');
  return at;
}
