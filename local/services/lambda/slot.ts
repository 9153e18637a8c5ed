import { readFileSync } from 'node:fs';
import { getCompileCacheDir, stripTypeScriptTypes } from 'node:module';
import { dirname } from 'node:path';
import { Worker } from 'node:worker_threads';
import {
  type FunctionError,
  MAX_BACKLOG,
  MAX_PAYLOAD,
  type WorkerMessage,
  type WorkerStart,
  type WorkerTask,
} from './protocol.ts';

/** The end of a phase in a worker's life: initialisation or one invocation. */
export type Outcome =
  | { readonly ok: true; readonly payload: string }
  | { readonly ok: false; readonly error: FunctionError };

/** One worker thread, Lambda's execution environment: it takes one invocation at a time. */
export interface Slot {
  /** Ends with `ok` when the handler is loaded. Called once, first. */
  initialise(limitMs: number): Promise<Outcome>;
  run(task: WorkerTask, limitMs: number, limitSeconds: number): Promise<Outcome>;
  /** False once the worker ended or is ending: it takes no more work. */
  alive(): boolean;
  /** The highest measured memory use, in bytes. */
  peakBytes(): number;
  stop(): Promise<void>;
}

export interface SlotOptions {
  readonly start: Omit<WorkerStart, 'backlog' | 'maxBacklog' | 'maxPayload' | 'compileCache' | 'sourceMaps'>;
  readonly env: Record<string, string>;
  readonly memoryMb: number;
  line(text: string, at: number): void;
  ended(): void;
}

/**
 * Space for what a worker has just made, in MB. By itself V8 takes up to 48 MB for each worker, which stay resident; a small space costs a few
 * percent of processor time. A platform that has deployed once holds a quarter less with it.
 */
const YOUNG_MB = 2;
/** How often a busy worker's memory is measured, in milliseconds: buffers are outside of the heap that V8 limits. */
const MEASURE_MS = 200;

let program: URL | undefined;

/** `worker.ts` without its types. Stripping them in each worker would take 30 ms and 13 MB more. */
function workerProgram(): URL {
  program ??= programOf(new URL('./worker.ts', import.meta.url));
  return program;
}

function programOf(file: URL): URL {
  const script = stripTypeScriptTypes(readFileSync(file, 'utf8'), { sourceUrl: 'lambda/worker.ts' });
  return new URL(`data:text/javascript,${encodeURIComponent(script)}`);
}

const failed = (errorType: string, errorMessage: string): Outcome => ({
  ok: false,
  error: { errorType, errorMessage },
});
const OUT_OF_MEMORY = failed('Runtime.OutOfMemory', 'Error: Runtime exited with error: signal: killed');

/** Node returns its version's folder inside the configured one. */
function compileCache(): string | undefined {
  const versions = getCompileCacheDir();
  return versions === undefined ? undefined : dirname(versions);
}

function exited(code: number): Outcome {
  const reason = code === 0 ? 'without providing a reason' : `with error: exit status ${code}`;
  return failed('Runtime.ExitError', `Error: Runtime exited ${reason}`);
}

const SOURCE_MAPS = '--enable-source-maps';

/** Starts a worker thread with its own environment and memory limit. Nothing in it ends or blocks this thread. */
export function startSlot(options: SlotOptions): Slot {
  const backlog = new Int32Array(new SharedArrayBuffer(4));
  const start: WorkerStart = {
    ...options.start,
    backlog: backlog.buffer,
    maxBacklog: MAX_BACKLOG,
    maxPayload: MAX_PAYLOAD,
    compileCache: compileCache(),
    sourceMaps: options.env.NODE_OPTIONS?.split(' ').includes(SOURCE_MAPS) ?? false,
  };
  const worker = new Worker(workerProgram(), {
    workerData: start,
    env: options.env,
    argv: [],
    // The worker maps stacks itself: see `mapStacks` there.
    execArgv: ['--disable-warning=ExperimentalWarning', '--no-enable-source-maps'],
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: options.memoryMb, maxYoungGenerationSizeMb: YOUNG_MB },
  });
  let alive = true;
  let peak = 0;
  let settle: ((outcome: Outcome) => void) | undefined;

  const finish = (outcome: Outcome): void => {
    settle?.(outcome);
    settle = undefined;
  };
  const kill = (outcome: Outcome): void => {
    alive = false;
    finish(outcome);
    void worker.terminate();
  };
  const measure = async (): Promise<void> => {
    const heap = await worker.getHeapStatistics();
    const used = heap.used_heap_size + heap.external_memory + heap.malloced_memory;
    peak = Math.max(peak, used);
    if (used > options.memoryMb * 1_048_576) kill(OUT_OF_MEMORY);
  };
  const phase = async (limitMs: number, limitSeconds: number, begin: () => void): Promise<Outcome> => {
    const over = failed('Sandbox.Timedout', `Error: Task timed out after ${limitSeconds.toFixed(2)} seconds`);
    const limit = setTimeout(() => kill(over), limitMs);
    const meter = setInterval(() => void measure().catch(() => undefined), MEASURE_MS);
    try {
      return await new Promise<Outcome>((resolve) => {
        settle = resolve;
        if (alive) begin();
        else finish(exited(1));
      });
    } finally {
      clearTimeout(limit);
      clearInterval(meter);
    }
  };

  worker.on('message', (message: WorkerMessage) => {
    if (message.kind === 'line') {
      Atomics.sub(backlog, 0, message.text.length + 1);
      Atomics.notify(backlog, 0);
      options.line(message.text, message.at);
      return;
    }
    if (message.kind === 'crash') alive = false;
    if ('usedBytes' in message) peak = Math.max(peak, message.usedBytes);
    if (message.kind === 'ready') finish({ ok: true, payload: '' });
    else if (message.kind === 'result') finish({ ok: true, payload: message.payload });
    else finish({ ok: false, error: message.error });
  });
  worker.on('error', (error: Error & { readonly code?: string }) => {
    alive = false;
    finish(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? OUT_OF_MEMORY : failed(error.name, error.message));
  });
  worker.on('exit', (code) => {
    alive = false;
    finish(exited(code));
    options.ended();
  });
  for (const stream of [worker.stdout, worker.stderr]) {
    stream.on('data', (chunk: Buffer) => options.line(chunk.toString().trimEnd(), Date.now()));
  }
  return {
    initialise: (limitMs) => phase(limitMs, limitMs / 1000, () => undefined),
    run: (task, limitMs, limitSeconds) => phase(limitMs, limitSeconds, () => worker.postMessage(task)),
    alive: () => alive,
    peakBytes: () => peak,
    async stop() {
      alive = false;
      await worker.terminate();
    },
  };
}
