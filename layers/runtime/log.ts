import { currentTraceId } from '@gantry/core/kernel/request.ts';

/**
 * One structured line of a function's log, with the trace that it belongs to. `fields` never hold a body, a token or a variable's value. It is written to the
 * output itself: the console of Lambda puts a text before a line, and then CloudWatch finds no metrics in it.
 */
export function logLine(
  level: 'info' | 'warn' | 'error',
  message: string,
  fields: Readonly<Record<string, unknown>> = {},
): void {
  process.stdout.write(`${JSON.stringify({ level, message, traceId: currentTraceId(), ...fields })}\n`);
}

/** How long something took that began at `startedAt` of `performance.now()`, in whole milliseconds. */
export function millisecondsSince(startedAt: number): number {
  return Math.round(performance.now() - startedAt);
}

/** The parts of an error that the log keeps: kind, text, place and causes. */
export function describeError(error: unknown, depth = 0): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: String(error) };
  const { name, message, stack, cause } = error;
  return { name, message, stack, ...(cause !== undefined && depth < 3 && { cause: describeError(cause, depth + 1) }) };
}
