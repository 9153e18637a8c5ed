import { currentTraceId } from '@gantry/core/kernel/request.ts';

/**
 * Writes one structured line to a function's log, with its trace. `fields` never hold a body, a token or a variable's value. The line goes directly
 * to stdout: Lambda's console adds a prefix, and then CloudWatch finds no metrics in the line.
 */
export function logLine(
  level: 'info' | 'warn' | 'error',
  message: string,
  fields: Readonly<Record<string, unknown>> = {},
): void {
  process.stdout.write(`${JSON.stringify({ level, message, traceId: currentTraceId(), ...fields })}\n`);
}

/** The whole milliseconds since `startedAt` of `performance.now()`. */
export function millisecondsSince(startedAt: number): number {
  return Math.round(performance.now() - startedAt);
}

/** The parts of an error for the log: kind, text, place and causes. */
export function describeError(error: unknown, depth = 0): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: String(error) };
  const { name, message, stack, cause } = error;
  return { name, message, stack, ...(cause !== undefined && depth < 3 && { cause: describeError(cause, depth + 1) }) };
}
