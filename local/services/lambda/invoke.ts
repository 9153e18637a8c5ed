import { randomUUID } from 'node:crypto';
import type { Meter } from '../../kernel/meter.ts';
import type { Invocation } from '../../kernel/ports.ts';
import { AwsError } from '../../kernel/service.ts';
import type { FunctionDefinition } from './function.ts';
import type { Environment, Pool } from './pool.ts';
import { type FunctionError, MAX_PAYLOAD } from './protocol.ts';
import { endLines, startLine } from './report.ts';
import type { Outcome } from './slot.ts';

/** Time that a function has to load, in milliseconds (AWS: init phase). */
const INIT_LIMIT_MS = 10_000;
/** What an invocation answers of its log, in characters (AWS: `LogType: Tail`). */
const TAIL = 4096;

export interface Running {
  readonly definition: FunctionDefinition;
  readonly pool: Pool;
  /** Hears how long a new worker took to load the function, in milliseconds. */
  initialised(ms: number): void;
}

/**
 * Runs a function once and waits for its answer. Throws `RequestTooLargeException` (6 MB) and `TooManyRequestsException`;
 * what goes wrong inside of the function is in the answer.
 */
export async function runFunction(running: Running, event: unknown, meter: Meter): Promise<Invocation> {
  const { definition, pool } = running;
  const json = JSON.stringify(event ?? null);
  if (Buffer.byteLength(json) > MAX_PAYLOAD) {
    throw new AwsError('RequestTooLargeException', `The event is larger than ${MAX_PAYLOAD} bytes.`, 413);
  }
  const environment = await pool.take();
  const requestId = randomUUID();
  let tail = '';
  const say = (line: string): void => {
    tail = `${tail}${line}\n`.slice(-TAIL);
  };
  const log = (line: string): void => {
    say(line);
    environment.output.line(line, Date.now());
  };
  environment.listen = say;
  try {
    const initMs = environment.fresh ? await initialise(environment) : undefined;
    log(startLine(definition.logFormat, requestId));
    const began = performance.now();
    const outcome =
      initMs?.failure ?? (await environment.slot.run(taskOf(requestId, json, definition), ...limits(definition)));
    const durationMs = performance.now() - began;
    if (initMs !== undefined) running.initialised(initMs.ms);
    const billedMs = Math.ceil(durationMs + (initMs?.ms ?? 0));
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
      initMs: initMs?.ms,
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

async function initialise(environment: Environment): Promise<{ ms: number; failure: Outcome | undefined }> {
  const began = performance.now();
  const outcome = await environment.slot.initialise(INIT_LIMIT_MS);
  return { ms: performance.now() - began, failure: outcome.ok ? undefined : outcome };
}

function taskOf(requestId: string, event: string, definition: FunctionDefinition) {
  return { requestId, event, deadline: Date.now() + definition.timeoutSeconds * 1000 };
}

function limits(definition: FunctionDefinition): [number, number] {
  return [definition.timeoutSeconds * 1000, definition.timeoutSeconds];
}

/** Errors of the platform name the request; those that the function threw are left as they are. */
function inRequest(error: FunctionError, requestId: string): { errorType: string; errorMessage: string } {
  const { errorType, errorMessage } = error;
  const ofPlatform = /^(Sandbox\.|Runtime\.(ExitError|OutOfMemory)$)/.test(errorType);
  return { errorType, errorMessage: ofPlatform ? `RequestId: ${requestId} ${errorMessage}` : errorMessage };
}
