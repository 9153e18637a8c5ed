import { existsSync, readFileSync } from 'node:fs';
import { enableCompileCache, SourceMap } from 'node:module';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { format } from 'node:util';
import { getHeapStatistics } from 'node:v8';
import { parentPort, workerData } from 'node:worker_threads';
import type { FunctionError, WorkerMessage, WorkerStart, WorkerTask } from './protocol.ts';

/*
 * Lambda's Node runtime as a handler sees it. Runs as the entry point of a worker thread, one invocation at a time. It imports only types of ours,
 * because `slot.ts` passes it as text.
 */
const start = workerData as WorkerStart;
const { maxBacklog, maxPayload } = start;
const backlog = new Int32Array(start.backlog);
const env = process.env;
/** Lines before the first invocation have no request; Lambda's runtime writes this word. */
let requestId = 'undefined';

function post(message: WorkerMessage): void {
  parentPort?.postMessage(message);
}

/** Posts one line. A function that prints faster than its parent reads is slowed down, so that nothing piles up. */
function postLine(text: string): void {
  const bytes = text.length + 1;
  const waiting = Atomics.add(backlog, 0, bytes);
  post({ kind: 'line', text, at: Date.now() });
  if (waiting + bytes > maxBacklog) Atomics.wait(backlog, 0, waiting + bytes, 1000);
}

function printed(level: string, args: readonly unknown[]): string {
  const timestamp = new Date().toISOString();
  const message = format(...args);
  if (start.logFormat === 'Text') return `${timestamp}\t${requestId}\t${level}\t${message}`;
  return JSON.stringify({ timestamp, level, requestId, message });
}

/** A call of the console is one log event, however many lines it has. */
function patchConsole(): void {
  const levels = { log: 'INFO', info: 'INFO', warn: 'WARN', error: 'ERROR', debug: 'DEBUG', trace: 'TRACE' } as const;
  for (const [method, level] of Object.entries(levels)) {
    console[method as keyof typeof levels] = (...args: unknown[]) => postLine(printed(level, args));
  }
}

/** Each line written directly to a stream becomes a log event. */
function patchStream(stream: NodeJS.WriteStream): () => void {
  let rest = '';
  stream.write = (chunk: string | Uint8Array, encoding?: unknown, callback?: unknown): boolean => {
    const lines = (rest + (typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString())).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) postLine(line);
    const done = typeof encoding === 'function' ? encoding : callback;
    if (typeof done === 'function') process.nextTick(() => done());
    return true;
  };
  return () => {
    if (rest !== '') postLine(rest);
    rest = '';
  };
}

/** The source map named in a file's last comment. */
function sourceMapOf(file: string): { readonly map: SourceMap; readonly url: URL } | undefined {
  try {
    const [, name = ''] = /\n\/\/# sourceMappingURL=(\S+)\s*$/.exec(readFileSync(new URL(file), 'utf8')) ?? [];
    const url = new URL(name, file);
    return { map: new SourceMap(JSON.parse(readFileSync(url, 'utf8'))), url };
  } catch {
    return undefined;
  }
}

/**
 * Maps stacks to the sources, like Node with `--enable-source-maps`, but reads a map at its file's first error. Node reads the maps of all modules at
 * their load, which takes longer than the rest.
 */
function mapStacks(): void {
  const maps = new Map<string, ReturnType<typeof sourceMapOf>>();
  const placeOf = (site: NodeJS.CallSite): string => {
    const file = site.getFileName() ?? '';
    const [line, column] = [site.getLineNumber() ?? 0, site.getColumnNumber() ?? 0];
    if (!file.startsWith('file:') || line === 0) return String(site);
    if (!maps.has(file)) maps.set(file, sourceMapOf(file));
    const found = maps.get(file);
    const entry = found?.map.findEntry(line - 1, column - 1);
    if (found === undefined || entry === undefined || !('originalSource' in entry)) return String(site);
    const source = fileURLToPath(new URL(entry.originalSource, found.url));
    const place = `${source}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
    return String(site).replace(`${file}:${line}:${column}`, place);
  };
  Error.prepareStackTrace = (error, sites) => [String(error), ...sites.map(placeOf)].join('\n    at ');
}

function describe(thrown: unknown): FunctionError {
  if (!(thrown instanceof Error)) return { errorType: typeof thrown, errorMessage: format(thrown), trace: [] };
  return { errorType: thrown.name, errorMessage: thrown.message, trace: (thrown.stack ?? '').split('\n') };
}

/** Ends the worker after an error that no invocation survives, with the exit code of Lambda's runtime. */
function crash(error: FunctionError, code: number): void {
  postLine(printed('ERROR', [JSON.stringify(error)]));
  flush();
  post({ kind: 'crash', error });
  process.exit(code);
}

type Handler = (event: unknown, context: unknown) => unknown;

class InitError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

async function load(): Promise<Handler> {
  const cut = start.handler.lastIndexOf('.');
  const file = start.handler.slice(0, cut);
  const exported = start.handler.slice(cut + 1);
  const path = ['.mjs', '.js', '.cjs'].map((end) => resolve(join(start.codeDir, file + end))).find(existsSync);
  if (path === undefined) throw new InitError('Runtime.ImportModuleError', `Error: Cannot find module '${file}'`);
  const module: Record<string, unknown> = await import(pathToFileURL(path).href);
  const handler = module[exported];
  if (handler === undefined) {
    throw new InitError('Runtime.HandlerNotFound', `${start.handler} is undefined or not exported`);
  }
  if (typeof handler !== 'function')
    throw new InitError('Runtime.HandlerNotFound', `${start.handler} is not a function`);
  if (handler.length > 2) {
    throw new InitError(
      'Runtime.CallbackHandlerDeprecated',
      `${start.handler} takes a callback, which nodejs24.x does not support: return a promise.`,
    );
  }
  return handler as Handler;
}

function contextOf(task: WorkerTask): Readonly<Record<string, unknown>> {
  return {
    awsRequestId: task.requestId,
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    invokedFunctionArn: start.functionArn,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    getRemainingTimeInMillis: () => Math.max(0, task.deadline - Date.now()),
  };
}

function usedBytes(): number {
  const heap = getHeapStatistics();
  return heap.used_heap_size + heap.external_memory;
}

async function run(handler: Handler, task: WorkerTask): Promise<void> {
  requestId = task.requestId;
  try {
    const payload = JSON.stringify(await handler(JSON.parse(task.event), contextOf(task))) ?? 'null';
    flush();
    const size = Buffer.byteLength(payload);
    if (size <= maxPayload) return post({ kind: 'result', payload, usedBytes: usedBytes() });
    const errorMessage = `Response payload size exceeded maximum allowed payload size (${maxPayload} bytes).`;
    post({
      kind: 'error',
      error: { errorType: 'Function.ResponseSizeTooLarge', errorMessage },
      usedBytes: usedBytes(),
    });
  } catch (thrown) {
    const error = describe(thrown);
    postLine(printed('ERROR', [`Invoke Error \t${JSON.stringify({ ...error, stack: error.trace })}`]));
    flush();
    post({ kind: 'error', error, usedBytes: usedBytes() });
  }
}

patchConsole();
const flushes = [patchStream(process.stdout), patchStream(process.stderr)];

function flush(): void {
  for (const each of flushes) each();
}

process.on('exit', flush);
process.on('uncaughtException', (error) => crash(describe(error), 129));
process.on('unhandledRejection', (reason) => {
  const { errorMessage, errorType, trace = [] } = describe(reason);
  const told = reason instanceof Error ? `${errorType}: ${errorMessage}` : errorMessage;
  crash({ errorType: 'Runtime.UnhandledPromiseRejection', errorMessage: told, trace }, 128);
});

if (start.compileCache !== undefined) enableCompileCache(start.compileCache);
if (start.sourceMaps) mapStacks();
try {
  const handler = await load();
  flush();
  parentPort?.on('message', (task: WorkerTask) => void run(handler, task));
  post({ kind: 'ready' });
} catch (thrown) {
  crash(describe(thrown), 1);
}
