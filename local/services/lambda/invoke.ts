import { randomUUID } from 'node:crypto';
import type { Meter } from '../../kernel/meter.ts';
import type { Invocation } from '../../kernel/ports.ts';
import { AwsError } from '../../kernel/service.ts';
import type { FunctionDefinition } from './function.ts';
import type { Environment, Pool } from './pool.ts';
import { type FunctionError, MAX_PAYLOAD } from './protocol.ts';
import { endLines, initTimeoutLine, startLine } from './report.ts';
import type { Outcome } from './slot.ts';

/** The part of an invocation's log in its answer, in characters (AWS: `LogType: Tail`). */
const TAIL = 4096;

export interface Running {
  readonly definition: FunctionDefinition;
  readonly pool: Pool;
  /** The time limit for loading a function in a new worker, in milliseconds. */
  readonly initLimitMs: number;
  /** Called with the loading time of a new worker, in milliseconds. */
  initialised(ms: number): void;
}

/**
 * Runs a function once and waits for its answer. Throws `RequestTooLargeException` (6 MB) and `TooManyRequestsException`; faults inside of the
 * function are in the answer.
 */
export async function runFunction(running: Running, event: unknown, meter: Meter): Promise<Invocation> {
  const { definition, pool } = running;
  const json = JSON.stringify(event ?? null);
  if (Buffer.byteLength(json) > MAX_PAYLOAD) {
    throw new AwsError('RequestTooLargeException', `The event is larger than ${MAX_PAYLOAD} bytes.`, 413);
  }
  let tail = '';
  const say = (line: string): void => {
    tail = `${tail}${line}\n`.slice(-TAIL);
  };
  const { environment, init, limitMs } = await begin(running, say);
  const requestId = randomUUID();
  const log = (line: string): void => {
    say(line);
    environment.output.line(line, Date.now());
  };
  try {
    log(startLine(definition.logFormat, requestId));
    const began = performance.now();
    const task = { requestId, event: json, deadline: Date.now() + limitMs };
    const outcome = init?.failure ?? (await environment.slot.run(task, limitMs, definition.timeoutSeconds));
    const durationMs = performance.now() - began;
    if (init !== undefined) running.initialised(init.ms);
    const billedMs = Math.ceil(durationMs + (init?.ms ?? 0));
    meter.count('lambda.requests');
    meter.count('lambda.gb-ms', (billedMs * definition.memoryMb) / 1024);

    const error = outcome.ok ? undefined : inRequest(outcome.error, requestId);
    const timedOut = error?.errorType === 'Sandbox.Timedout';
    if (timedOut) log(`${new Date().toISOString()} ${requestId} ${error.errorMessage.replace(/^.*Error: /, '')}`);
    const report = {
      requestId,
      durationMs,
      billedMs,
      memoryMb: definition.memoryMb,
      peakMb: Math.ceil(environment.slot.peakBytes() / 1_048_576),
      initMs: init?.ms,
      status: timedOut ? 'timeout' : outcome.ok ? 'success' : 'error',
      errorType: error?.errorType,
    } as const;
    for (const line of endLines(definition.logFormat, report)) log(line);
    if (error !== undefined) return { ok: false, ...error, logTail: tail };
    return { ok: true, payload: outcome.ok ? JSON.parse(outcome.payload) : null, logTail: tail };
  } finally {
    pool.give(environment);
  }
}

/** The result of a new worker's loading of the function. */
interface Init {
  readonly ms: number;
  readonly failure: Extract<Outcome, { readonly ok: false }> | undefined;
}

/**
 * A worker that has loaded the function, and the milliseconds left for the invocation. If a new one is too slow, another loads within the function's
 * own time limit, as part of the invocation. Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle
 */
async function begin(running: Running, say: (line: string) => void) {
  const { definition, initLimitMs, pool } = running;
  const limitMs = definition.timeoutSeconds * 1000;
  const first = await pool.take();
  const init = await initialise(pool, first, initLimitMs, say);
  if (init?.failure?.error.errorType !== 'Sandbox.Timedout') return { environment: first, init, limitMs };
  const line = initTimeoutLine(definition.logFormat, init.ms);
  say(line);
  first.output.line(line, Date.now());
  pool.give(first);
  const environment = await pool.take();
  const again = await initialise(pool, environment, limitMs, say);
  return { environment, init: again, limitMs: limitMs - (again?.ms ?? 0) };
}

/** Loads the function in a new worker; undefined for a worker that has loaded it before. */
async function initialise(
  pool: Pool,
  environment: Environment,
  limitMs: number,
  say: (line: string) => void,
): Promise<Init | undefined> {
  environment.listen = say;
  if (!environment.fresh) return undefined;
  const began = performance.now();
  const outcome = await environment.slot.initialise(limitMs);
  pool.loaded(environment);
  return { ms: performance.now() - began, failure: outcome.ok ? undefined : outcome };
}

/** Errors of the platform name the request; errors of the function stay as they are. */
function inRequest(error: FunctionError, requestId: string): { errorType: string; errorMessage: string } {
  const { errorType, errorMessage } = error;
  const ofPlatform = /^(Sandbox\.|Runtime\.(ExitError|OutOfMemory)$)/.test(errorType);
  return { errorType, errorMessage: ofPlatform ? `RequestId: ${requestId} ${errorMessage}` : errorMessage };
}
